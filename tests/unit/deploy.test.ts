// What deploy/ and the Containerfile ship: names that exist, versions that agree, nothing less closed than said.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SERVER_OPTIONS } from '../../stack/app';
import { SETTINGS } from '../../src/lib/server/config/schema';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const compose = read('deploy/compose.yaml');
const unit = read('deploy/headtab.service');
const container = read('Containerfile');

/** One service of a compose file, to the next line of its indent. */
function service(text: string, name: string): string {
	const found = new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(text)?.[1];
	if (found === undefined) throw new Error(`no service ${name}`);
	return found;
}

test('every setting that is given to Headtab is one', () => {
	const given = [
		...service(compose, 'headtab').matchAll(/^ {6}(HEADTAB_[A-Z_]+):/gm),
		...service(read('deploy/compose.valkey.yaml'), 'headtab').matchAll(/^ {6}(HEADTAB_[A-Z_]+):/gm),
		...unit.matchAll(/^Environment=(HEADTAB_[A-Z_]+)=/gm),
		...container.matchAll(/\b(HEADTAB_[A-Z_]+)=/g)
	].map(([, name]) => name);
	expect(given.length).toBeGreaterThan(12);
	for (const name of given) expect(SETTINGS).toContain(name);
});

test('every variable of compose has its line in env.example, and every secret its file', () => {
	const named = [...read('deploy/env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
	const used = new Set([...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name));
	expect([...used].sort()).toEqual([...named].sort());
	const secrets = [...compose.matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, name]) => name);
	for (const name of secrets) expect(compose).toContain(`file: ./secrets/${name ?? ''}`);
	for (const [, file = ''] of compose.matchAll(/- \.\/([\w./-]+):\//g))
		expect(existsSync(join(ROOT, 'deploy', file)), file).toBe(true);
	// Each that Caddy's file reads without a default; the others are for private CAs.
	const caddyfile = read('deploy/caddy/two-origins.Caddyfile').replaceAll(/^\s*#.*$/gm, '');
	const wanted = [...caddyfile.matchAll(/\{\$(HEAD[A-Z_]+)/g)].map(([, name]) => name ?? '');
	expect(new Set(wanted).size).toBe(4);
	for (const name of wanted) expect(service(compose, 'caddy')).toContain(`      ${name}: `);
});

test('every way to start the server gives Node the same options', () => {
	const options = SERVER_OPTIONS.join(' ');
	const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
	expect(scripts['start']).toBe(`node ${options} build/main.js`);
	expect(unit).toContain(`\nExecStart=/usr/bin/node ${options} build/main.js\n`);
	expect(container).toContain(
		`\nCMD ${JSON.stringify([...SERVER_OPTIONS, 'build/main.js']).replaceAll(',', ', ')}\n`
	);
	expect(read('README.md')).toContain(`node ${options} --env-file=.env build/main.js\n`);
});

test('D9 Headtab’s container is closed, and images are pinned', () => {
	const headtab = service(compose, 'headtab');
	for (const line of [
		'read_only: true',
		'no-new-privileges:true',
		'cap_drop:\n      - ALL',
		'mem_limit: 512m'
	])
		expect(headtab).toContain(line);
	expect(headtab).toContain(`image: headtab:${version}\n`);
	const images = [compose, read('deploy/compose.valkey.yaml')].flatMap((text) => [
		...text.matchAll(/image: (\S+)/g)
	]);
	for (const [, image] of images) expect(image).toMatch(/:\d/);
	expect(container).toMatch(/^FROM scratch$/m);
	expect(container).toMatch(/^USER 10001:10001$/m);
	expect(container).toMatch(/^HEALTHCHECK .*"build\/health\.js"/m);
});

test('pages name the version that is shipped', () => {
	for (const [, named] of read('docs/admin/install.md').matchAll(/headtab:(\d\S*?)(?=[\s`])/g))
		expect(named).toBe(version);
});

test('the unit gives each secret as a credential, and does not restart on wrong settings', () => {
	const secrets = [...unit.matchAll(/^LoadCredential=([\w-]+):/gm)].map(([, name]) => name ?? '');
	expect(secrets).toHaveLength(3);
	for (const name of secrets) expect(unit).toContain(`_FILE=%d/${name}\n`);
	expect(unit).toMatch(/^RestartPreventExitStatus=78$/m);
	expect(unit).toMatch(/^DynamicUser=yes$/m);
});
