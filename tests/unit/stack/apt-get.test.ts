// Packages that the tests install: what is on somebody's machine is neither started nor enabled by that.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../../stack/process';

/** Stands for apt-get: asks as packages do, enables a unit as they do, and ends when its input does. */
const APT_GET = `#!/bin/sh
answer=0
"$HEADTAB_APT_ROOT/usr/sbin/policy-rc.d" caddy start || answer=$?
echo 'caddy.service enabled enabled' >>"$HEADTAB_APT_ROOT/units"
echo "$* asked: $answer"
cat
exit "$APT_STATUS"
`;
const SYSTEMCTL = `#!/bin/sh
case $1 in
list-unit-files) cat "$HEADTAB_APT_ROOT/units" ;;
*) echo "$*" >>"$HEADTAB_APT_ROOT/changes" ;;
esac
`;
const SCRIPT = join(import.meta.dirname, '..', '..', '..', 'stack', 'apt-get.sh');

let root: string;
let policy: string;
const environment = (status = 0) => ({
	PATH: `${join(root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
	HEADTAB_APT_ROOT: root,
	APT_STATUS: String(status)
});
const changes = () => {
	const file = join(root, 'changes');
	return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

beforeEach(() => {
	root = mkdtempSync(join(tmpdir(), 'headtab-apt-'));
	policy = join(root, 'usr', 'sbin', 'policy-rc.d');
	for (const folder of ['bin', 'usr/sbin', 'run/systemd/system'])
		mkdirSync(join(root, folder), { recursive: true });
	writeFileSync(join(root, 'bin', 'apt-get'), APT_GET, { mode: 0o755 });
	writeFileSync(join(root, 'bin', 'systemctl'), SYSTEMCTL, { mode: 0o755 });
	writeFileSync(join(root, 'units'), 'cron.service enabled enabled\n');
});
afterEach(() => {
	rmSync(root, { recursive: true });
});

test('a package starts nothing, and what it has enabled is disabled again', async () => {
	const said = await run('sh', [SCRIPT, 'install', 'caddy'], { env: environment() });
	expect(said).toBe('install caddy asked: 101\n');
	expect(changes()).toBe('disable --now caddy.service\n');
	expect(existsSync(policy)).toBe(false);
});

test('a policy of the machine’s own stays, and a machine without systemd is asked nothing', async () => {
	writeFileSync(policy, '#!/bin/sh\nexit 104\n', { mode: 0o755 });
	rmSync(join(root, 'run'), { recursive: true });
	const said = await run('sh', [SCRIPT, 'install', 'caddy'], { env: environment() });
	expect(said).toBe('install caddy asked: 104\n');
	expect(changes()).toBe('');
	expect(readFileSync(policy, 'utf8')).toContain('exit 104');
});

test('a policy that a killed run has left is no policy of the machine', async () => {
	const child = spawn('sh', [SCRIPT, 'install', 'caddy'], {
		env: { ...process.env, ...environment() },
		stdio: ['pipe', 'pipe', 'inherit']
	});
	await once(child.stdout, 'data');
	child.kill('SIGKILL');
	child.stdin.end();
	await once(child, 'exit');
	expect(existsSync(policy)).toBe(true);
	await run('sh', [SCRIPT, 'install', 'caddy'], { env: environment() });
	expect(existsSync(policy)).toBe(false);
});

test('an installation that fails is told as that, and tidied up after', async () => {
	const failing = run('sh', [SCRIPT, 'install', 'caddy'], { env: environment(100) });
	await expect(failing).rejects.toThrow('ended with 100');
	expect(changes()).toBe('disable --now caddy.service\n');
	expect(existsSync(policy)).toBe(false);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s leaves nothing behind', async (signal) => {
	const child = spawn('sh', [SCRIPT, 'install', 'caddy'], {
		env: { ...process.env, ...environment() },
		stdio: ['pipe', 'pipe', 'inherit']
	});
	await once(child.stdout, 'data');
	child.kill(signal);
	expect(existsSync(policy)).toBe(true);
	child.stdin.end();
	expect(await once(child, 'exit')).toEqual([0, null]);
	expect(changes()).toBe('disable --now caddy.service\n');
	expect(existsSync(policy)).toBe(false);
});
