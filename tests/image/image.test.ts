// `npm run test:image`: the Containerfile is built and run as deploy/compose.yaml runs it, beside a real Headscale.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { appEnvironment } from '../../stack/app';
import { freePort } from '../../stack/ports';
import { run, waitFor } from '../../stack/process';
import { startTailnet, type Tailnet } from '../../stack/tailnet';
import { ROOT } from '../../stack/versions';
import { baseImage, buildah, buildImage, HARDENED, podman, unitSeccomp } from './engine';

const IMAGE = 'localhost/headtab-test';
/** More would mean that the build's tools came along. */
const IMAGE_MAX_BYTES = 260e6;

let folder: string;
let tailnet: Tailnet;
let port: number;
let env: readonly string[];

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-image-'));
	port = await freePort();
	const origin = `http://localhost:${String(port)}`;
	await buildImage(IMAGE, await baseImage());
	tailnet = await startTailnet({ stateDir: folder, appOrigin: origin, targets: [] });
	const settings = appEnvironment({ ...tailnet, stateDir: folder, port, origin });
	const keys = readFileSync(join(folder, 'session-keys'), 'utf8').trim();
	env = Object.entries({
		...settings,
		HEADTAB_AGENT: 'on',
		HEADTAB_SESSION_KEYS_FILE: undefined,
		HEADTAB_SESSION_KEYS: keys
	}).flatMap(([name, value]) => (value === undefined ? [] : [`--env=${name}=${value}`]));
});
afterEach(async () => {
	await podman('rm', '--force', '--time=0', '--volumes', '--all');
});
afterAll(async () => {
	await tailnet.stop();
	rmSync(folder, { recursive: true, force: true });
});

const node = (script: string) =>
	podman('run', '--rm', '--no-healthcheck', ...HARDENED, IMAGE, '-e', script);

test('D9 it is small, has no shell, and runs as nobody with a root that cannot be written', async () => {
	const [{ Size: size, Config: config }] = JSON.parse(await podman('image', 'inspect', IMAGE)) as [
		{ readonly Size: number; readonly Config: { readonly User: string } }
	];
	process.stdout.write(`image: ${(size / 1e6).toFixed(0)} MB\n`);
	expect(size).toBeLessThan(IMAGE_MAX_BYTES);
	expect(config.User).toBe('10001:10001');
	const seen = JSON.parse(
		await node(`
			const { existsSync, readFileSync, writeFileSync } = require('node:fs');
			const write = (path) => { try { writeFileSync(path, 'x'); return 'written'; } catch ({ code }) { return code; } };
			console.log(JSON.stringify({
				uid: process.getuid(),
				rights: /CapEff:\\s*(\\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1],
				shells: ['/bin/sh', '/usr/bin/bash', '/usr/bin/dpkg', '/usr/local/bin/npm'].filter(existsSync),
				root: write('/x'), app: write('/opt/headtab/x'), state: write('/var/lib/headtab/x'), tmp: write('/tmp/x')
			}));`)
	) as unknown;
	expect(seen).toEqual({
		uid: 10001,
		rights: '0000000000000000',
		shells: [],
		root: 'EROFS',
		app: 'EROFS',
		state: 'written',
		tmp: 'written'
	});
});

test('D9 it serves beside a real Headscale under the unit’s filter of system calls: ready with its agent, healthy, and ends in order', async () => {
	const seccomp = `--security-opt=seccomp=${await unitSeccomp(folder)}`;
	await podman('run', '--detach', '--name=headtab', ...HARDENED, seccomp, ...env, IMAGE);
	const ready = `http://127.0.0.1:${String(port)}/readyz`;
	let answer = '';
	await waitFor(
		async () => {
			const response = await fetch(ready).catch(() => null);
			answer = (await response?.text()) ?? '';
			if (response?.status !== 200) return false;
			const { checks } = JSON.parse(answer) as { checks: { name: string; isReady: boolean }[] };
			return checks.some(({ name, isReady }) => name === 'agent' && isReady);
		},
		{ what: 'ready with an agent', timeoutMs: 100_000, detail: () => answer }
	);
	await podman('healthcheck', 'run', 'headtab');
	expect(await fetch(`http://localhost:${String(port)}/`).then(({ status }) => status)).toBe(200);
	await podman('stop', '--time=30', 'headtab');
	expect((await podman('inspect', '--format={{.State.ExitCode}}', 'headtab')).trim()).toBe('0');
	// Without its port the check fails.
	await expect(
		podman('run', '--rm', '--no-healthcheck', ...HARDENED, ...env, IMAGE, 'build/health.js')
	).rejects.toThrow('does not answer');
});

test('wrong settings end it with 78 and are named', async () => {
	await expect(podman('run', '--rm', '--no-healthcheck', ...HARDENED, IMAGE)).rejects.toThrow(
		/ended with 78[\s\S]*HEADTAB_ORIGIN: is missing/
	);
});

test('what the image has is, byte by byte, what a release made here has', async () => {
	const local = join(folder, 'release');
	await run(
		join(ROOT, 'node_modules/.bin/tsx'),
		[join(ROOT, 'release/release.ts'), '--folder', local],
		{ timeoutMs: 110_000 }
	);
	const container = (await buildah('from', IMAGE)).trim();
	try {
		const mounted = join((await buildah('mount', container)).trim(), 'opt/headtab');
		const sums = (root: string) =>
			execFileSync(
				'sh',
				[
					'-c',
					"find . -type f ! -path './licences/system/*' -print0 | sort -z | xargs -0 sha256sum"
				],
				{
					cwd: root,
					encoding: 'utf8',
					maxBuffer: 64 * 1024 * 1024
				}
			).split('\n');
		const [there, here] = [sums(mounted), sums(local)];
		expect(there.filter((line) => !here.includes(line))).toEqual([]);
		expect(there).toHaveLength(here.length);
		// Of Debian's libraries, too.
		expect(readdirSync(join(mounted, 'licences/system'))).toContain('libc6.txt');
	} finally {
		await buildah('rm', container);
	}
});
