// The release as a stranger gets it: the archive alone, unpacked into an empty folder, serves. What is in it
// is in its bill of materials, with licences, and the same build gives the same bytes.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLock } from '../../../release/lock';
import { goModRequires } from '../../../release/modules';
import { SERVER_OPTIONS } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import { run, StackProcess } from '../../../stack/process';
import { ROOT } from '../../../stack/versions';
import { parseServedList } from '../../../src/lib/contracts/served';
import { cycloneDxFaults } from '../../fixtures/cyclonedx';

/** A configuration that is right, of servers that nobody runs: the process lives all the same. */
const SETTINGS = {
	// Port 9: nobody listens, and no resolver is asked.
	HEADTAB_HEADSCALE_URL: 'http://127.0.0.1:9',
	HEADTAB_HEADSCALE_API_KEY: `hskey-api-a1b2c3d4e5f6-${'x'.repeat(64)}`,
	HEADTAB_OIDC_ISSUER: 'https://id.invalid',
	HEADTAB_OIDC_CLIENT_ID: 'headtab',
	HEADTAB_OIDC_CLIENT_SECRET: 'secret',
	HEADTAB_SESSION_KEYS: randomBytes(32).toString('base64')
};

interface Component {
	readonly type: string;
	readonly name: string;
	/** Of packages and modules; files have neither. */
	readonly version?: string;
	readonly purl?: string;
	readonly scope: string;
	readonly licenses?: readonly unknown[];
	readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	version: string;
};
let folder: string;
let unpacked: string;
let components: readonly Component[];

const pack = (out: string) =>
	run(
		join(ROOT, 'node_modules', '.bin', 'tsx'),
		[join(ROOT, 'release', 'release.ts'), '--out', out],
		{ timeoutMs: 120_000 }
	);
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-release-'));
	await pack(join(folder, 'out'));
	await run('tar', ['-xzf', join(folder, 'out', `headtab-${version}.tar.gz`), '-C', folder]);
	unpacked = join(folder, `headtab-${version}`);
	({ components } = JSON.parse(readFileSync(join(unpacked, 'sbom.cdx.json'), 'utf8')) as {
		components: readonly Component[];
	});
}, 180_000);
afterAll(() => {
	rmSync(folder, { recursive: true, force: true });
});

test('the checksums are those of the files', async () => {
	const said = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: join(folder, 'out') });
	const names = ['tar.gz', 'sbom.cdx.json', 'served.txt'];
	expect(said).toBe(names.map((name) => `headtab-${version}.${name}: OK\n`).join(''));
});

test('it starts from the archive alone, serves the app and the module, and ends in order', async () => {
	const port = String(await freePort());
	const base = `http://localhost:${port}`;
	const env = { ...SETTINGS, HEADTAB_ORIGIN: base, HEADTAB_PORT: port, HEADTAB_AGENT: 'off' };
	const server = new StackProcess({
		name: 'headtab',
		command: process.execPath,
		args: [...SERVER_OPTIONS, 'build/main.js'],
		env,
		cwd: unpacked
	});
	try {
		await server.waitForUrl(`${base}/healthz`);
		const { sha256: hash } = (await (await fetch(`${base}/wasm/manifest.json`)).json()) as {
			sha256: string;
		};
		const page = await fetch(`${base}/third-party.txt`);
		expect(page.headers.get('content-type')).toMatch(/^text\/plain/);
		const policy = await fetch(`${base}/security`);
		expect(await policy.text()).toBe(readFileSync(join(ROOT, 'SECURITY.md'), 'utf8'));
		const module = await fetch(`${base}/wasm/${hash}.wasm`);
		const bytes = new Uint8Array(await module.arrayBuffer());
		expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
		await run('npm', ['run', '--silent', 'health'], { cwd: unpacked, env });
	} finally {
		await server.stop();
	}
	expect((await server.exited).code).toBe(0);
	await expect(run('npm', ['run', '--silent', 'health'], { cwd: unpacked, env })).rejects.toThrow(
		'does not answer'
	);
});

test('its list of what is served is that of its files, and says of which version it is', async () => {
	const list = readFileSync(join(folder, 'out', `headtab-${version}.served.txt`), 'utf8');
	const client = join(unpacked, 'build', 'client');
	expect(readFileSync(join(client, 'served.txt'), 'utf8')).toBe(list);
	expect(list).toContain(`# Headtab ${version}\n`);
	await run('sha256sum', ['--check', '--strict', '--quiet', 'served.txt'], { cwd: client });
	const served = parseServedList(list)?.files ?? new Map<string, string>();
	const files = readdirSync(client, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
		.map((entry) => join(entry.parentPath, entry.name).slice(client.length + 1));
	expect([...served.keys(), 'served.txt'].sort()).toEqual(files.sort());
});

test('its bill of materials has all of production and of go.mod', () => {
	const purls = new Set(components.map(({ purl }) => purl));
	for (const { name, version: of, isDev } of readLock(ROOT).values())
		if (!isDev) expect(purls).toContain(`pkg:npm/${name.replace('@', '%40')}@${of}`);
	const modules = goModRequires(readFileSync(join(ROOT, 'wasm', 'go.mod'), 'utf8'));
	expect(modules.length).toBeGreaterThan(30);
	for (const { path, version: of } of modules) expect(purls).toContain(`pkg:golang/${path}@${of}`);
	expect(components.find(({ name }) => name === 'std')?.version).toMatch(/^go1\./);
});

test('what is in its files is required, the rest is not; each has its licence', () => {
	const required = components.filter(({ scope }) => scope === 'required');
	const names = required.map(({ name }) => name);
	// Of the server's imports, the service worker, the window's styles and bundle, adapter-node's, the module.
	for (const name of [
		'ws',
		'workbox-precaching',
		'@fontsource-variable/geist',
		'restty',
		'svelte',
		'@sveltejs/kit',
		'tailscale.com',
		'gvisor.dev/gvisor'
	])
		expect(names).toContain(name);
	for (const name of ['vite', 'typescript', 'playwright', 'github.com/safchain/ethtool'])
		expect(names).not.toContain(name);
	for (const { name, version: of = '', purl } of required) {
		if (purl === undefined) continue;
		const kind = purl.startsWith('pkg:npm/') ? 'npm' : 'go';
		const file = join(unpacked, 'licences', kind, `${name.replaceAll('/', '+')}@${of}.txt`);
		expect(existsSync(file), file).toBe(true);
		expect(readFileSync(file, 'utf8').length, file).toBeGreaterThan(50);
	}
	const packages = readdirSync(join(unpacked, 'node_modules')).filter(
		(name) => !name.startsWith('@')
	);
	for (const name of packages) expect(names).toContain(name);
});

test('everything that is shipped has a licence and, but for Go itself, a hash in the bill', () => {
	const required = components.filter(({ scope }) => scope === 'required');
	expect(required.length).toBeGreaterThan(80);
	for (const { name, licenses, hashes } of required) {
		expect(licenses?.length, name).toBe(1);
		if (name !== 'std') expect(hashes?.length, name).toBeGreaterThan(0);
	}
	const served = components.filter(({ type }) => type === 'file');
	for (const { name, hashes } of served)
		expect(sha256(join(unpacked, 'build', 'client', name)), name).toBe(hashes?.[0]?.content);
	const fonts = readdirSync(join(unpacked, 'build', 'client', 'fonts')).filter((name) =>
		name.endsWith('.ttf')
	);
	const files = [...fonts.map((name) => `fonts/${name}`), 'wasm/headtab.wasm'];
	expect(served.map(({ name }) => name).sort()).toEqual(files.sort());
});

test('the page of licences, which the app shows, has every part with its text', () => {
	const page = readFileSync(join(unpacked, 'build', 'client', 'third-party.txt'), 'utf8');
	for (const { type, scope, name, version: of = '', purl = '' } of components) {
		if (type !== 'library' || scope !== 'required') continue;
		expect(page, name).toContain(`\n${name} ${of}: `);
		const kind = purl.startsWith('pkg:npm/') ? 'npm' : 'go';
		const file = join(unpacked, 'licences', kind, `${name.replaceAll('/', '+')}@${of}.txt`);
		expect(page.includes(readFileSync(file, 'utf8').trim()), name).toBe(true);
	}
	for (const name of readdirSync(join(unpacked, 'build', 'client', 'fonts'))) {
		if (name.endsWith('.ttf')) expect(page).toContain(name);
		const text = readFileSync(join(unpacked, 'build', 'client', 'fonts', name), 'utf8');
		if (name.endsWith('.txt')) expect(page.includes(text.trim()), name).toBe(true);
	}
});

test('the bill is CycloneDX as its schema asks for', () => {
	expect(
		cycloneDxFaults(JSON.parse(readFileSync(join(unpacked, 'sbom.cdx.json'), 'utf8')))
	).toEqual([]);
});

test('nothing in it knows where it was made, and packing it again gives the same bytes', async () => {
	const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
	expect(files.length).toBeGreaterThan(300);
	for (const file of files) expect(readFileSync(file).includes(`${ROOT}/`), file).toBe(false);
	await pack(join(folder, 'again'));
	const name = `headtab-${version}.tar.gz`;
	expect(sha256(join(folder, 'again', name))).toBe(sha256(join(folder, 'out', name)));
});
