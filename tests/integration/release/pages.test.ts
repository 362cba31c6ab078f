// The commands of the pages for admins, as they stand there, beside a real Headscale and a running server.
import {
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appHealth, SERVER_OPTIONS } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import { run, StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import { ROOT } from '../../../stack/versions';
import { blocksFor, filledIn, type Own } from '../../fixtures/pages';

let folder: string;
/** The unpacked release, with an admin's files in it. */
let place: string;
let tailnet: Tailnet;
/** Where it listens here, with no proxy before it. */
const hereOnly = () => ({ HEADTAB_PORT: String(port), HEADTAB_ADDRESS_HEADER: '' });
let server: StackProcess;
let port: number;
let own: Own;

/** Runs all blocks of a name, each in a shell of its own. @returns what they print */
async function runBlocks(name: string, cwd: string): Promise<string> {
	const blocks = blocksFor(name).filter(({ language }) => language === 'sh');
	expect(blocks.length, name).toBeGreaterThan(0);
	const outputs: string[] = [];
	for (const { text } of blocks) {
		// The examples' address of the server is where it listens.
		const script = filledIn(text, own).replaceAll('127.0.0.1:3000', `127.0.0.1:${String(port)}`);
		const env = {
			PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
			...hereOnly()
		};
		outputs.push(
			await run('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, timeoutMs: 120_000 })
		);
	}
	return outputs.join('');
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-pages-'));
	port = await freePort();
	const origin = `http://localhost:${String(port)}`;
	tailnet = await startTailnet({
		stateDir: join(folder, 'tailnet'),
		appOrigin: origin,
		targets: []
	});
	const { headscale, oidc, client } = tailnet;
	own = { origin, headscale: headscale.url, issuer: oidc.issuer, clientSecret: client.secret };
	// `headscale` on the PATH is the one of this tailnet.
	mkdirSync(join(folder, 'bin'));
	const wrapper = `#!/bin/sh\nexec ${headscale.command.map((word) => `'${word}'`).join(' ')} "$@"\n`;
	writeFileSync(join(folder, 'bin', 'headscale'), wrapper, { mode: 0o755 });

	await runBlocks('release', ROOT);
	cpSync(join(ROOT, 'release', 'out'), join(folder, 'out'), { recursive: true });
	await runBlocks('unpack', join(folder, 'out'));
	const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
		version: string;
	};
	place = join(folder, 'out', `headtab-${version}`);
	const setUp =
		blocksFor('deploy')
			.map(({ text }) => text)
			.at(-1) ?? '';
	await run('bash', ['-euo', 'pipefail', '-c', filledIn(setUp, own)], {
		cwd: place,
		env: { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` }
	});
	server = new StackProcess({
		name: 'headtab',
		command: process.execPath,
		args: [...SERVER_OPTIONS, '--env-file=.env', 'build/main.js'],
		env: hereOnly(),
		cwd: place
	});
	await server.waitForUrl(appHealth({ port }));
}, 300_000);
afterAll(async () => {
	await server.stop();
	await tailnet.stop();
	rmSync(folder, { recursive: true, force: true });
});

test('the doctor of the archive finds nothing that fails', async () => {
	const said = await runBlocks('doctor', place);
	expect(said).toContain('✓ ok');
	expect(said).not.toContain('✗ failed');
});

test('health and readiness answer', async () => {
	expect(await runBlocks('health', place)).toContain('"isReady":true');
});

test('the policy of the page is one that Headscale takes, and gives back', async () => {
	const [policy] = blocksFor('policy').filter(({ language }) => language === 'json');
	const before = await tailnet.headscale.policy();
	for (const name of ['ada', 'alan', 'headtab-agent']) await tailnet.headscale.createUser({ name });
	writeFileSync(join(place, 'policy.hujson'), policy?.text ?? '');
	try {
		expect(await runBlocks('policy', place)).toContain('autogroup:nonroot');
	} finally {
		await tailnet.headscale.setPolicy(before);
	}
});

test('a person’s providerId is where the page says', async () => {
	expect(await runBlocks('headscale', place)).toContain(`${own.issuer}/`);
});

test('secrets are replaced as the page says: the new session key in front, files for the server alone', async () => {
	const old = readFileSync(join(place, 'session-keys'), 'utf8').trim();
	await runBlocks('session-keys', place);
	const [first, second] = readFileSync(join(place, 'session-keys'), 'utf8').trim().split(',');
	expect(second).toBe(old);
	expect(Buffer.from(first ?? '', 'base64')).toHaveLength(32);
	await runBlocks('api-key', place);
	const key = readFileSync(join(place, 'headscale-api-key'), 'utf8').trim();
	const answer = await fetch(`${own.headscale}/api/v1/user`, {
		headers: { authorization: `Bearer ${key}` }
	});
	expect(answer.status).toBe(200);
	for (const name of ['session-keys', 'headscale-api-key'])
		expect(statSync(join(place, name)).mode & 0o077, name).toBe(0);
});

test('the bill of materials is read by the line of the page', async () => {
	expect(await runBlocks('sbom', place)).toMatch(/^pkg:golang\/tailscale\.com@v/m);
});

test('what the server hands out is what the release lists, until a file is changed', async () => {
	const out = join(folder, 'out');
	expect(await runBlocks('served', out)).toBe('');
	const script = join(place, 'build', 'client', 'wasm', 'wasm_exec.js');
	const before = readFileSync(script);
	try {
		// Of the same length: the server has told it once, at its start.
		writeFileSync(script, before.toString().replace('const', 'CONST'));
		expect(await runBlocks('served', out)).toBe('differs: wasm/wasm_exec.js\n');
	} finally {
		writeFileSync(script, before);
	}
});

test('the unit is one that systemd takes, and closed', async () => {
	expect(await runBlocks('unit', ROOT)).toMatch(/exposure level for headtab\.service: [01]\./);
});

test('Headscale takes the settings that compose gives it, addresses and provider from the environment', async () => {
	const config = join(folder, 'headscale.yaml');
	const state = join(folder, 'headscale-state');
	mkdirSync(state);
	writeFileSync(join(state, 'headscale-oidc-client-secret'), 'secret');
	const text = readFileSync(join(ROOT, 'deploy', 'headscale.yaml'), 'utf8');
	writeFileSync(
		config,
		text.replaceAll(/\/(var\/lib\/headscale|run\/secrets|var\/run\/headscale)\//g, `${state}/`)
	);
	const [program] = tailnet.headscale.command;
	const env = {
		HEADSCALE_SERVER_URL: own.headscale,
		HEADSCALE_DNS_BASE_DOMAIN: 'tailnet.example.com',
		HEADSCALE_OIDC_ISSUER: own.issuer,
		HEADSCALE_OIDC_CLIENT_ID: 'headscale'
	};
	await run(program, ['configtest', '--config', config], { env });
	// That the environment counts: Headscale refuses a tailnet's domain that its own host belongs to.
	const wrong = { ...env, HEADSCALE_SERVER_URL: 'https://a.tailnet.example.com' };
	await expect(run(program, ['configtest', '--config', config], { env: wrong })).rejects.toThrow(
		'server_url cannot be part of base_domain'
	);
});

test('compose’s files are made as the page says', async () => {
	const deploy = join(folder, 'deploy');
	cpSync(join(ROOT, 'deploy'), deploy, { recursive: true });
	await runBlocks('compose', deploy);
	const keys = readFileSync(join(deploy, 'secrets', 'session-keys'), 'utf8');
	expect(Buffer.from(keys, 'base64')).toHaveLength(32);
});
