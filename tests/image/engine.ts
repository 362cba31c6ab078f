// podman and buildah with a store of their own, and the base image that they build from. Node; used by the
// image's test. Works as root on machines without systemd, without a network for containers, without more rights.
import {
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync
} from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../stack/process';
import { ROOT, STATE } from '../../stack/versions';

const FOLDER = join(STATE, 'image');
const STORE = ['--root', join(FOLDER, 'store'), '--runroot', join(FOLDER, 'run')];
/** Limits that no process needs more rights for than it has: podman's own are above what root may set. */
const LIMITS = ['--ulimit', 'nofile=4096:4096', '--ulimit', 'nproc=1024:1024'];
const BUILD_TIMEOUT_MS = 1_700_000;
const DEBIAN = 'bookworm';

/** Runs buildah to its end. @returns its output */
export const buildah = (...args: readonly string[]): Promise<string> =>
	run('buildah', [...STORE, ...args], { timeoutMs: BUILD_TIMEOUT_MS });

/** Runs podman to its end. @returns its output @throws Error with its output when it fails */
export const podman = (...args: readonly string[]): Promise<string> =>
	run('podman', [...STORE, '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', ...args], {
		timeoutMs: 110_000
	});

/** How compose.yaml runs the image: nothing is written but the state, no rights. */
export const HARDENED = [
	...LIMITS,
	'--network=host',
	'--read-only',
	'--tmpfs=/tmp',
	'--cap-drop=all',
	'--security-opt=no-new-privileges'
];

/** The unit's filter of system calls as a profile that containers take, so that it is tried without a systemd.
 *  @returns its file */
export async function unitSeccomp(folder: string): Promise<string> {
	const unit = readFileSync(join(ROOT, 'deploy', 'headtab.service'), 'utf8');
	const allowed = new Set<string>();
	for (const [, list = ''] of unit.matchAll(/^SystemCallFilter=(.+)$/gm)) {
		const calls = await callsOf(list.replace(/^~/, '').split(' '));
		for (const call of calls) {
			if (list.startsWith('~')) allowed.delete(call);
			else allowed.add(call);
		}
	}
	const file = join(folder, 'seccomp.json');
	const profile = {
		defaultAction: 'SCMP_ACT_ERRNO',
		syscalls: [{ names: [...allowed], action: 'SCMP_ACT_ALLOW' }]
	};
	writeFileSync(file, JSON.stringify(profile));
	return file;
}

/** System calls of systemd's groups, which name others. */
async function callsOf(names: readonly string[]): Promise<readonly string[]> {
	const found: string[] = [];
	for (const name of names) {
		if (!name.startsWith('@')) {
			found.push(name);
			continue;
		}
		const lines = (await run('systemd-analyze', ['syscall-filter', name])).split('\n');
		const inside = lines.map((line) => line.trim()).filter((line) => /^@?\w[\w-]*$/.test(line));
		found.push(...(await callsOf(inside.filter((each) => each !== name))));
	}
	return found;
}

/** An image with this machine's Node and Go on a fresh Debian, where none can be pulled.
 *  @returns its name */
export async function baseImage(): Promise<string> {
	const name = 'localhost/headtab-test-base';
	const goRoot = (await run('go', ['env', 'GOROOT'])).trim();
	const key = `${process.version} ${goRoot} ${DEBIAN}`;
	const keyFile = join(FOLDER, 'base.key');
	if (existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return name;
	const root = join(FOLDER, 'base');
	rmSync(root, { recursive: true, force: true });
	mkdirSync(root, { recursive: true });
	const debootstrap = ['--variant=minbase', '--include=ca-certificates', DEBIAN, root];
	await run('debootstrap', debootstrap, { timeoutMs: BUILD_TIMEOUT_MS });
	copy('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/ca-certificates.crt'));

	const local = join(root, 'usr/local');
	copy(realpathSync(process.execPath), join(local, 'bin/node'));
	const npm = realpathSync((await run('sh', ['-c', 'command -v npm'])).trim());
	copy(dirname(dirname(npm)), join(local, 'lib/node_modules/npm'));
	symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
	copy(goRoot, join(local, 'go'));
	await buildah('bud', '--isolation=chroot', '--tag', name, '--file', scratchFile(), root);
	rmSync(root, { recursive: true });
	writeFileSync(keyFile, key);
	return name;
}

/** Builds the Containerfile from the sources here. What was fetched before is not fetched again. */
export async function buildImage(name: string, base: string): Promise<void> {
	const caches = [
		[(await run('npm', ['config', 'get', 'cache'])).trim(), '/root/.npm'],
		[(await run('go', ['env', 'GOMODCACHE'])).trim(), '/root/go/pkg/mod'],
		[(await run('go', ['env', 'GOCACHE'])).trim(), '/root/.cache/go-build']
	];
	await buildah(
		'bud',
		'--isolation=chroot',
		'--format=docker',
		`--build-arg=NODE_IMAGE=${base}`,
		`--build-arg=GO_IMAGE=${base}`,
		...caches.map(([from, to]) => `--volume=${from ?? ''}:${to ?? ''}`),
		'--tag',
		name,
		ROOT
	);
}

function scratchFile(): string {
	const file = join(FOLDER, 'base.Containerfile');
	writeFileSync(
		file,
		'FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin\n'
	);
	return file;
}

function copy(from: string, to: string): void {
	mkdirSync(dirname(to), { recursive: true });
	cpSync(from, to, { recursive: true, dereference: false });
}
