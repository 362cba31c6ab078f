// The real npm and the real govulncheck, each with a small database of the test's own: what they say is found,
// and a registry or database that does not answer is told as such.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askGo, askNpm } from '../../../release/audit/ask';
import { ROOT } from '../../../stack/versions';

/** What the registry knows of the package itself. */
const LEAKY = {
	name: 'leaky',
	'dist-tags': { latest: '2.0.0' },
	versions: {
		'1.0.0': { name: 'leaky', version: '1.0.0' },
		'2.0.0': { name: 'leaky', version: '2.0.0' }
	}
};

let folder: string;
let registry: Server;
/** What the registry answers to the question for advisories. */
let answer: { status: number; body: string };

function write(files: Readonly<Record<string, unknown>>): void {
	for (const [name, content] of Object.entries(files)) {
		const file = join(folder, name);
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-audit-'));
	registry = createServer((request, response) => {
		const json = { 'content-type': 'application/json' };
		request.resume().on('end', () => {
			// A database that is there, and then has nothing to say.
			if (request.url?.startsWith('/vulndb/') === true)
				response.writeHead(request.method === 'HEAD' ? 200 : 503).end();
			else if (request.method === 'GET') response.writeHead(200, json).end(JSON.stringify(LEAKY));
			else response.writeHead(answer.status, json).end(answer.body);
		});
	});
	await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
	const modified = '2026-11-01T00:00:00Z';
	const id = 'GO-2026-0001';
	write({
		'npm/package.json': { name: 'x', version: '1.0.0', dependencies: { leaky: '1.0.0' } },
		'npm/package-lock.json': {
			name: 'x',
			version: '1.0.0',
			lockfileVersion: 3,
			requires: true,
			packages: {
				'': { name: 'x', version: '1.0.0', dependencies: { leaky: '1.0.0' } },
				'node_modules/leaky': { version: '1.0.0' }
			}
		},
		'go/go.mod': 'module x\n\ngo 1.26\n',
		'go/main.go': 'package main\n\nfunc main() { run() }\n',
		'go/run_js.go':
			'package main\n\nimport "strings"\n\nfunc run() { println(strings.ToTitle("a")) }\n',
		'go/run_other.go': '//go:build !js\n\npackage main\n\nfunc run() {}\n',
		'db/index/db.json': { modified },
		'db/index/modules.json': [{ path: 'stdlib', vulns: [{ id, modified }] }],
		'db/index/vulns.json': [{ id, modified }],
		[`db/ID/${id}.json`]: {
			schema_version: '1.3.1',
			id,
			modified,
			published: modified,
			summary: 'Letters grow',
			affected: [
				{
					package: { name: 'stdlib', ecosystem: 'Go' },
					ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
					ecosystem_specific: { imports: [{ path: 'strings', symbols: ['ToTitle'] }] }
				}
			]
		}
	});
});
afterAll(() => {
	registry.close();
	rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${String((registry.address() as AddressInfo).port)}`;
const ask = () =>
	askNpm(join(folder, 'npm'), {
		npm_config_registry: `${origin()}/`,
		npm_config_fetch_retries: '0',
		npm_config_cache: join(folder, 'cache')
	});
const scan = (env: Readonly<Record<string, string>>) =>
	askGo(ROOT, { folder: join(folder, 'go'), env, tags: '' });

test('npm’s advisories are found with the folders they are in', async () => {
	const advisory = {
		id: 1,
		url: 'https://advisories.invalid/GHSA-aaaa-bbbb-cccc',
		title: 'It leaks',
		severity: 'low',
		vulnerable_versions: '<2.0.0'
	};
	answer = { status: 200, body: JSON.stringify({ leaky: [advisory] }) };
	expect(await ask()).toEqual({
		isLookedUp: true,
		findings: [
			{
				id: 'GHSA-aaaa-bbbb-cccc',
				name: 'leaky',
				title: 'It leaks',
				places: ['node_modules/leaky']
			}
		],
		note: ''
	});
	answer = { status: 200, body: '{}' };
	expect(await ask()).toEqual({ isLookedUp: true, findings: [], note: '' });
});

test('a registry without advisories is not looked up, which is not the same as clean', async () => {
	answer = { status: 405, body: '' };
	expect(await ask()).toEqual({ isLookedUp: false, reason: 'the registry answered 405' });
});

test('govulncheck finds what the build for js/wasm reaches, and only there', async () => {
	const GOVULNDB = pathToFileURL(join(folder, 'db')).href;
	expect(await scan({ GOVULNDB, GOOS: 'js', GOARCH: 'wasm' })).toEqual({
		isLookedUp: true,
		findings: [{ id: 'GO-2026-0001', name: 'stdlib', title: 'Letters grow', places: ['x.main'] }],
		note: 'database of 2026-11-01'
	});
	expect(await scan({ GOVULNDB })).toMatchObject({ isLookedUp: true, findings: [] });
});

test('a database that does not answer is not looked up', async () => {
	expect(await scan({ GOVULNDB: `${origin()}/vulndb` })).toEqual({
		isLookedUp: false,
		reason: 'the Go vulnerability database was not reached'
	});
});

test('code that does not compile is a failure, not a clean answer', async () => {
	const GOVULNDB = pathToFileURL(join(folder, 'db')).href;
	write({ 'go/broken.go': 'package main\n\nfunc broken() { missing() }\n' });
	await expect(scan({ GOVULNDB })).rejects.toThrow('govulncheck in');
});
