// What of the project goes into a release and into the image's build: never what an admin keeps beside it.
import { execFileSync } from 'node:child_process';
import {
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from '../../../release/contents';

/** What README and docs/admin/install.md have people make in a clone. */
const SECRETS = [
	'.env',
	'headscale-api-key',
	'headtab.env',
	'oidc-client-secret',
	'session-keys',
	'deploy/.env',
	'deploy/secrets/headscale-api-key',
	'deploy/secrets/session-keys'
];

test.skipIf(!existsSync('.git'))('all of deploy/ and docs/ that is tracked is in a release', () => {
	const tracked = execFileSync('git', ['ls-files', 'deploy', 'docs'], { encoding: 'utf8' });
	expect(projectFiles('.')).toEqual(expect.arrayContaining(tracked.trim().split('\n')));
});

test('secrets and settings that lie beside it are not', () => {
	const root = mkdtempSync(join(tmpdir(), 'headtab-contents-'));
	try {
		for (const folder of ['deploy', 'docs'])
			cpSync(folder, join(root, folder), { recursive: true });
		const clean = projectFiles(root);
		for (const path of [...SECRETS, 'deploy/compose.override.yaml', 'docs/admin/.env']) {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), 'secret');
		}
		expect(projectFiles(root)).toEqual(clean);
	} finally {
		rmSync(root, { recursive: true });
	}
});

/** Patterns of a file, each as what it matches: a path, and all below it.
 *  @param isAnyDepth of one without a slash inside */
const patterns = (file: string, isAnyDepth: boolean): readonly RegExp[] =>
	readFileSync(file, 'utf8')
		.split('\n')
		.filter((line) => line !== '' && !line.startsWith('#'))
		.map((line) => {
			const glob = line.replace(/\/$/, '');
			const path = glob
				.replace(/^\//, '')
				.replaceAll('.', '\\.')
				.replace(/^\*\*\//, '(.*/)?')
				.replaceAll(/(?<!\.)\*/g, '[^/]*');
			return new RegExp(`^${isAnyDepth && !glob.includes('/') ? '(.*/)?' : ''}${path}(/|$)`);
		});

test.each([
	['.containerignore', false],
	['.dockerignore', false],
	['.gitignore', true]
])('%s leaves them out, and nothing that is shipped', (file, isAnyDepth) => {
	const left = patterns(file, isAnyDepth);
	const isLeftOut = (path: string) => left.some((pattern) => pattern.test(path));
	expect(SECRETS.filter((path) => !isLeftOut(path))).toEqual([]);
	expect(projectFiles('.').filter(isLeftOut)).toEqual([]);
});
