// The Go half again, elsewhere: linked anew, the same bytes; of other sources, other bytes.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../../stack/process';
import { ROOT } from '../../../stack/versions';

/** A link takes seconds, beside two others on two cores a minute. */
const LINK_MS = 240_000;
let folder: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-other-'));
});
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

const linkAgain = (root: string) =>
	run(process.execPath, [join(root, 'wasm', 'reproduce.mjs'), '--link'], { timeoutMs: LINK_MS });

test(
	'linked in another folder it has the same bytes, whose hash is said',
	async () => {
		const { sha256 } = JSON.parse(
			readFileSync(join(ROOT, 'static', 'wasm', 'manifest.json'), 'utf8')
		) as { sha256: string };
		const said = await linkAgain(ROOT);
		expect(said.match(new RegExp(`^reproduce: ${sha256} {2}`, 'gm'))).toHaveLength(2);
		expect(said).toContain('reproduce: the same bytes\n');
	},
	LINK_MS
);

test(
	'of sources that differ in one letter it does not, and says so',
	async () => {
		cpSync(join(ROOT, 'wasm'), join(folder, 'wasm'), { recursive: true });
		mkdirSync(join(folder, 'static', 'wasm'), { recursive: true });
		const manifest = join('static', 'wasm', 'manifest.json');
		cpSync(join(ROOT, manifest), join(folder, manifest));
		const main = join(folder, 'wasm', 'cmd', 'headtab', 'main.go');
		const source = readFileSync(main, 'utf8');
		expect(source).toContain('headtabStock');
		writeFileSync(main, source.replace('headtabStock', 'headtabStack'));
		await expect(linkAgain(folder)).rejects.toThrow('the bytes differ');
	},
	LINK_MS
);
