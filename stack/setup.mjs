// Installs and builds what is missing: npm packages, the Go programs of the stack, the WASM, the app,
// a browser. Plain Node, since it runs before anything is installed; used by demo.mjs and test.mjs,
// or alone: `node stack/setup.mjs`, with `--all` for what only the tests need, with `--build` for what a release
// is made of, with `--image` for what the image's test needs. What was built is kept by content hash, here and in the cache folder.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	accessSync,
	constants,
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Progress } from './progress.mjs';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const STATE = join(ROOT, '.headtab');
export const BIN = join(STATE, 'bin');
export const GO_DIR = join(ROOT, 'stack', 'go');
const LOGS = join(STATE, 'logs');
/** Shared by all clones of this person. */
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'headtab');
/** Kept builds of one kind; older ones go. */
const CACHED_MAX = 3;

const NODE_MIN = [20, 19];
/** Tailscale programs on PATH are used from this release on: Headscale 0.29 asks for 1.80, DERP over http works in both. */
const TAILSCALE_MIN = [1, 90];
const UPSTREAM = {
	headscale: 'github.com/juanfont/headscale/cmd/headscale',
	tailscaled: 'tailscale.com/cmd/tailscaled',
	tailscale: 'tailscale.com/cmd/tailscale'
};
/** Static, so that no C compiler is needed and a target's accounts come from its own files. */
const GO_ENV = { GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' };

const children = new Set();
process.on('exit', () => {
	for (const child of children) child.kill('SIGTERM');
});

/** A failure that the person can do something about: shown without a stack trace. */
export class SetupFault extends Error {}

// --- running programs -------------------------------------------------------------------------

/** Runs a program to its end; its output goes to a log file, each line to `onLine`.
 *  @throws SetupFault with the last lines */
async function run(name, command, args, { cwd = ROOT, env = {}, onLine = () => {} } = {}) {
	mkdirSync(LOGS, { recursive: true });
	const logFile = join(LOGS, `${name}.log`);
	const lines = [];
	const child = spawn(command, args, {
		cwd,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	children.add(child);
	const outputs = [child.stdout, child.stderr].map(
		(stream) =>
			new Promise((resolve) => {
				createInterface({ input: stream })
					.on('line', (line) => {
						lines.push(line);
						onLine(line);
					})
					.on('close', resolve);
			})
	);
	const status = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code, signal) => resolve(code ?? signal));
	}).finally(() => children.delete(child));
	await Promise.all(outputs);
	writeFileSync(logFile, `${lines.join('\n')}\n`);
	if (status === 0) return lines;
	throw new SetupFault(
		`${command} ${args.join(' ')} ended with ${status}. All of it: ${relative(ROOT, logFile)}\n${lines.slice(-25).join('\n')}`
	);
}

/** First line of a program's output; null when it cannot be run. */
function ask(command, ...args) {
	const { status, stdout } = spawnSync(command, args, {
		encoding: 'utf8',
		timeout: 20_000,
		env: { ...process.env, ...GO_ENV },
		cwd: GO_DIR
	});
	return status === 0 ? stdout.trim() : null;
}

/** Path of a program on PATH; null when there is none. */
function onPath(...names) {
	for (const name of names) {
		for (const folder of (process.env.PATH ?? '').split(delimiter)) {
			const path = join(folder, name);
			if (folder !== '' && isExecutable(path)) return path;
		}
	}
	return null;
}

function isExecutable(path) {
	try {
		accessSync(path, constants.X_OK);
		return statSync(path).isFile();
	} catch {
		// Not there, or not ours to run: the next candidate.
		return false;
	}
}

const isAtLeast = (text, min) => {
	const found = /(\d+)\.(\d+)/.exec(text ?? '');
	if (found === null) return false;
	const [major, minor] = [Number(found[1]), Number(found[2])];
	return major > min[0] || (major === min[0] && minor >= min[1]);
};

// --- content hashes and kept builds -----------------------------------------------------------

/** Hash of files and folders by path and content; `salt` for what else decides the result. */
export function contentHash(paths, salt, isWanted = () => true) {
	const hash = createHash('sha256').update(salt);
	const add = (path) => {
		if (!existsSync(path)) return;
		if (statSync(path).isDirectory()) {
			for (const name of readdirSync(path).sort()) add(join(path, name));
		} else if (isWanted(path)) {
			hash.update(`\0${relative(ROOT, path)}\0`).update(readFileSync(path));
		}
	};
	for (const path of paths) add(path);
	return hash.digest('hex').slice(0, 24);
}

const cached = (kind, key) => join(CACHE, `${kind}-${key}`);

/** Copies files into the cache, whole or not at all, and forgets the oldest of the kind. */
function keep(kind, key, files) {
	try {
		const folder = cached(kind, key);
		const part = `${folder}.${process.pid}.part`;
		rmSync(part, { recursive: true, force: true });
		mkdirSync(part, { recursive: true });
		for (const [name, path] of Object.entries(files))
			cpSync(path, join(part, name), { recursive: true });
		rmSync(folder, { recursive: true, force: true });
		renameSync(part, folder);
		const old = readdirSync(CACHE)
			.filter((name) => /^(.*)-[0-9a-f]+$/.exec(name)?.[1] === kind)
			.map((name) => ({ path: join(CACHE, name), usedMs: statSync(join(CACHE, name)).mtimeMs }))
			.sort((a, b) => b.usedMs - a.usedMs)
			.slice(CACHED_MAX);
		for (const { path } of old) rmSync(path, { recursive: true, force: true });
	} catch (cause) {
		// A cache that cannot be written costs time in the next clone, nothing else.
		process.stderr.write(`not kept in ${CACHE}: ${String(cause)}\n`);
	}
}

/** Copies a kept build to where it belongs. @returns false when there is none */
function restore(kind, key, files) {
	const folder = cached(kind, key);
	if (!existsSync(folder)) return false;
	for (const [name, path] of Object.entries(files)) {
		if (!existsSync(join(folder, name))) return false;
		rmSync(path, { recursive: true, force: true });
		cpSync(join(folder, name), path, { recursive: true });
	}
	utimesSync(folder, new Date(), new Date());
	return true;
}

// --- verdicts ---------------------------------------------------------------------------------

/** Hash of all that is written by hand here, and of the versions that judge it. */
function sourcesHash() {
	const files = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isFile());
	const paths = [
		...files.map(({ name }) => name).sort(),
		'deploy',
		'docs',
		'release',
		'src',
		'stack',
		'static',
		'tests',
		'wasm'
	];
	return contentHash(
		paths.map((path) => join(ROOT, path)),
		`${process.version} ${requireGo()}`,
		(path) => !path.startsWith(WASM_OUT)
	);
}

/** What is known of a stage that reads nothing but the sources: one that passed on the very same ones is
 *  believed, as Go keeps the results of its tests.
 *  @returns what it had found when it passed, else null; and what to call with its findings when it has now */
export function verdictOf(stage) {
	const kind = `passed-${stage}`;
	const key = sourcesHash();
	const file = join(cached(kind, key), 'found.json');
	const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
	const keepFound = (found) => {
		// What was edited meanwhile may have been read as it was or as it is.
		if (sourcesHash() !== key) return;
		const part = join(STATE, `${kind}.json`);
		writeFileSync(part, JSON.stringify(found));
		keep(kind, key, { 'found.json': part });
	};
	return { before, keep: keepFound };
}

// --- npm packages -----------------------------------------------------------------------------

/** Whether node_modules holds what package-lock.json says. */
function isInstalled() {
	const installedFile = join(ROOT, 'node_modules', '.package-lock.json');
	if (!existsSync(installedFile)) return false;
	const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
	const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
	return Object.entries(wanted).every(
		([path, { version, optional, devOptional }]) =>
			path === '' ||
			installed[path]?.version === version ||
			((optional || devOptional) && installed[path] === undefined)
	);
}

export async function ensurePackages(progress) {
	const major = process.versions.node.split('.').map(Number);
	if (major[0] < NODE_MIN[0] || (major[0] === NODE_MIN[0] && major[1] < NODE_MIN[1])) {
		throw new SetupFault(
			`Node ${NODE_MIN.join('.')} or newer is needed; this is ${process.version}.`
		);
	}
	if (isInstalled()) return;
	await progress.step('npm packages', async (note) => {
		note('npm ci');
		await run('npm-ci', 'npm', ['ci', '--no-audit', '--no-fund']);
		note('');
	});
}

// --- Go programs ------------------------------------------------------------------------------

/** Version that the stack runs of a module, without `v`. */
export function pinned(module) {
	const line = readFileSync(join(GO_DIR, 'go.mod'), 'utf8')
		.split('\n')
		.find((text) => text.includes(`${module} v`));
	return /\bv(\d\S*)/.exec(line ?? '')?.[1] ?? 'unknown';
}

let goVersion = null;
function requireGo() {
	goVersion ??= ask('go', 'env', 'GOVERSION');
	if (goVersion === null) {
		throw new SetupFault(
			'Go is needed to build the node and the demo’s servers, and `go` was not found or does not work.\n' +
				'Install Go 1.21 or newer (it fetches the release it needs by itself), then run this again.'
		);
	}
	return goVersion;
}

/** Where to take headscale, tailscaled and tailscale from: PATH when the versions fit, else our own builds. */
function findPrograms() {
	const own = (name) => join(BIN, name);
	const headscale = onPath('headscale');
	const daemon = onPath('tailscaled');
	const client = onPath('tailscale');
	const hasHeadscale =
		headscale !== null &&
		(ask(headscale, 'version') ?? '').includes(pinned('github.com/juanfont/headscale'));
	const hasTailscale =
		daemon !== null &&
		client !== null &&
		isAtLeast(ask(daemon, '--version'), TAILSCALE_MIN) &&
		isAtLeast(ask(client, '--version'), TAILSCALE_MIN);
	return {
		headscale: hasHeadscale ? headscale : own('headscale'),
		tailscaled: hasTailscale ? daemon : own('tailscaled'),
		tailscale: hasTailscale ? client : own('tailscale'),
		oddssh: own('oddssh'),
		cheapkey: own('cheapkey')
	};
}

let programs = null;
/** Paths of the stack's programs; reading one that is missing throws a SetupFault. */
export function binaries() {
	programs ??= findPrograms();
	const paths = {};
	for (const [name, path] of Object.entries(programs)) {
		Object.defineProperty(paths, name, {
			enumerable: true,
			get() {
				if (existsSync(path)) return path;
				throw new SetupFault(`${name} is missing: run \`node stack/setup.mjs\`.`);
			}
		});
	}
	return paths;
}

/** Features of Tailscale that no machine of the stack uses: an eighth of all packages less to compile. */
const GO_TAGS = [
	'aws',
	'bird',
	'capture',
	'completion',
	'drive',
	'identityfederation',
	'kube',
	'qrcodes',
	'relayserver',
	'synology',
	'systray',
	'taildrop',
	'tap',
	'tpm',
	'webclient'
]
	.map((feature) => `ts_omit_${feature}`)
	.join();
/** What decides a build beside its sources. */
export const GO_SALT = `${process.platform} ${process.arch} ${JSON.stringify(GO_ENV)} ${GO_TAGS}`;

export async function ensureBinaries(progress) {
	const found = findPrograms();
	const upstream = Object.keys(UPSTREAM).filter((name) => found[name] === join(BIN, name));
	const goMod = [join(GO_DIR, 'go.mod'), join(GO_DIR, 'go.sum')];
	await ensureBuilt(progress, {
		title: 'Headscale, Tailscale',
		names: upstream,
		packages: upstream.map((name) => UPSTREAM[name]),
		key: contentHash(goMod, `${GO_SALT} ${upstream.join()}`)
	});
	const isSource = (path) => !path.endsWith('_test.go');
	await ensureBuilt(progress, {
		title: 'plain SSH server',
		names: ['oddssh', 'cheapkey'],
		packages: ['./cmd/oddssh', './cmd/cheapkey'],
		key: contentHash([...goMod, join(GO_DIR, 'cmd')], GO_SALT, isSource)
	});
}

/** Builds Go programs unless they are there or kept.
 *  @param build.key hash of everything that decides them
 *  @param build.moduleDir folder of the go.mod that names the versions */
export async function ensureBuilt(progress, { title, names, packages, key, moduleDir = GO_DIR }) {
	if (names.length === 0) return;
	const stamp = join(BIN, `.${names[0]}.key`);
	const files = Object.fromEntries(names.map((name) => [name, join(BIN, name)]));
	const isThere = names.every((name) => existsSync(files[name]));
	if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
	mkdirSync(BIN, { recursive: true });
	if (restore(`bin-${names[0]}`, key, files)) {
		writeFileSync(stamp, key);
		return;
	}
	requireGo();
	await progress.step(title, async (note) => {
		let compiled = 0;
		note('first time: some minutes');
		const out = join(BIN, '.new');
		rmSync(out, { recursive: true, force: true });
		mkdirSync(out, { recursive: true });
		const onLine = (line) => {
			// -v names each package as it is compiled; what else Go says (downloads) has spaces.
			if (line.includes(' ')) note(line.slice(0, 60));
			else note(`${(compiled += 1)} packages compiled, now ${line}`);
		};
		await run(
			`go-${names[0]}`,
			'go',
			[
				'build',
				'-v',
				'-trimpath',
				`-tags=${GO_TAGS}`,
				'-ldflags=-s -w',
				'-o',
				names.length === 1 ? join(out, names[0]) : `${out}/`,
				...packages
			],
			{
				cwd: moduleDir,
				env: GO_ENV,
				onLine
			}
		);
		for (const name of names) renameSync(join(out, name), files[name]);
		rmSync(out, { recursive: true, force: true });
		writeFileSync(stamp, key);
		keep(`bin-${names[0]}`, key, files);
		note(`${compiled} packages compiled`);
	});
}

// --- WASM and app -----------------------------------------------------------------------------

const WASM_OUT = join(ROOT, 'static', 'wasm');
const WASM_CACHE = join(STATE, 'cache', 'wasm');

export async function ensureWasm(progress) {
	requireGo();
	const isSource = (path) => /\.(go|mod|sum|mjs)$/.test(path) && !path.endsWith('_test.go');
	const quality = process.env.HEADTAB_BROTLI_QUALITY ?? '';
	const key = contentHash([join(ROOT, 'wasm')], `${goVersion} ${quality}`, isSource);
	const stamp = join(STATE, 'wasm.key');
	if (
		existsSync(join(WASM_OUT, 'manifest.json')) &&
		existsSync(stamp) &&
		readFileSync(stamp, 'utf8') === key
	)
		return;
	const files = { static: WASM_OUT, cache: WASM_CACHE };
	mkdirSync(WASM_CACHE, { recursive: true });
	if (!restore('wasm', key, files)) {
		await progress.step('WASM node', async (note) => {
			note('first time: some minutes');
			const lines = await run('wasm', process.execPath, [join(ROOT, 'wasm', 'build.mjs')], {
				onLine: (line) => note(line.replace(/^wasm: /, ''))
			});
			note((lines.at(-1) ?? '').replace(/^wasm: /, ''));
		});
		keep('wasm', key, files);
	}
	writeFileSync(stamp, key);
}

/** What decides the app's build; the WASM by its manifest, which has the hash. */
const APP_SOURCES = [
	'src',
	'static/fonts',
	'static/icons',
	'static/install',
	'static/wasm/manifest.json',
	'CHANGELOG.md',
	'SECURITY.md',
	'manifest.webmanifest',
	'release',
	'package.json',
	'package-lock.json',
	'svelte.config.js',
	'vite.config.ts',
	'vite.node.config.ts',
	'assets.config.ts',
	'packages.config.ts',
	'themes.config.ts',
	'tsconfig.json'
];

export async function ensureApp(progress) {
	const key = contentHash(
		APP_SOURCES.map((path) => join(ROOT, path)),
		process.version,
		(path) => !path.startsWith(join(ROOT, 'release', 'out'))
	);
	const stamp = join(ROOT, 'build', '.key');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
	const files = { build: join(ROOT, 'build') };
	if (restore('app', key, files)) return;
	await progress.step('app', async (note) => {
		const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
		const onLine = (line) => note(line.trim().slice(0, 70));
		await run('vite', process.execPath, [vite, 'build'], { onLine });
		await run('vite-node', process.execPath, [vite, 'build', '-c', 'vite.node.config.ts'], {
			onLine
		});
		// Licences, and the list of what is served.
		const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
		await run('finish', process.execPath, [tsx, join(ROOT, 'release', 'finish.ts')], { onLine });
		writeFileSync(stamp, key);
		keep('app', key, files);
		note('');
	});
}

// --- browser ----------------------------------------------------------------------------------

/** A Chromium on this machine: `CHROMIUM`, else on PATH; null leaves it to Playwright's own. */
export function findChromium() {
	const named = process.env.CHROMIUM ?? '';
	if (named !== '') {
		if (isExecutable(named)) return named;
		throw new SetupFault(`CHROMIUM names ${named}, which cannot be run.`);
	}
	return onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome');
}

/** Installs a Chromium where there is none: the distribution's package as root, Playwright's otherwise. */
export async function ensureBrowser(progress) {
	await ensureDesktopTools(progress);
	if (findChromium() !== null) return;
	const { chromium } = await import('playwright');
	if (existsSync(chromium.executablePath())) return;
	if (hasApt()) {
		await aptInstall(progress, 'browser', ['chromium']);
		return;
	}
	await progress.step('browser', async (note) => {
		const onLine = (line) => note(line.slice(0, 70));
		await run('playwright-install', 'npx', ['playwright', 'install', 'chromium'], { onLine });
		note('');
	});
}

const hasApt = () => process.getuid?.() === 0 && onPath('apt-get') !== null;

/** Installs Debian packages; only for root, where there is apt. Waits for another apt to end. Their services stay off
 *  (apt-get.sh): the machine is somebody's, and gets no way in by its tests. */
async function aptInstall(progress, title, packages) {
	await progress.step(title, async (note) => {
		const onLine = (line) => note(line.slice(0, 70));
		const env = { DEBIAN_FRONTEND: 'noninteractive' };
		const patience = ['-o', 'DPkg::Lock::Timeout=300'];
		note('apt-get');
		await run('apt-update', 'apt-get', [...patience, 'update'], { env, onLine });
		const install = [...patience, 'install', '-y', '--no-install-recommends', ...packages];
		const script = join(ROOT, 'stack', 'apt-get.sh');
		await run(`apt-${packages[0]}`, 'sh', [script, ...install], { env, onLine });
		note('');
	});
}

/** What tests of installed apps need, as program and Debian package. Chromium writes such an app into the system's
 *  menu by xdg-utils, on which no distribution's package of it depends (without them the tests read the copy on the
 *  desktop). A screen that nobody sees and a keyboard at it press keys as a person does, past nothing of the browser's. */
const DESKTOP_TOOLS = { 'xdg-desktop-menu': 'xdg-utils', Xvfb: 'xvfb', xdotool: 'xdotool' };

/** Those of the programs that this machine lacks. */
export const missingDesktopTools = () =>
	Object.keys(DESKTOP_TOOLS).filter((name) => onPath(name) === null);

/** Without root and apt they stay away, and the tests that need them say so. */
async function ensureDesktopTools(progress) {
	if (process.platform !== 'linux') return;
	const missing = missingDesktopTools().map((name) => DESKTOP_TOOLS[name]);
	if (missing.length > 0 && hasApt()) await aptInstall(progress, 'desktop tools', missing);
}

/** What people run in terminals and tests look at; each is a Debian package of the same name. */
const TARGET_PROGRAMS = ['vim', 'htop', 'tmux', 'less', 'mc', 'python3', 'zsh', 'fish'];

/** Those of them that this machine lacks. */
export const missingTargetPrograms = () =>
	TARGET_PROGRAMS.filter((name) => onPath(name) === null && !isExecutable(`/usr/bin/${name}`));

/** OpenSSH's server; null where this machine has none. */
export const findSshServer = () =>
	isExecutable('/usr/sbin/sshd') ? '/usr/sbin/sshd' : onPath('sshd');

/** Installs it for the tests, which start their own. */
async function ensureSshServer(progress) {
	if (findSshServer() === null && hasApt())
		await aptInstall(progress, 'SSH server', ['openssh-server']);
}

/** Installs what targets lack. Without root and apt they stay away, and the tests that need them say so. */
export async function ensureTargetPrograms(progress) {
	await ensureServiceTools(progress);
	await ensureSshServer(progress);
	const missing = missingTargetPrograms();
	if (missing.length > 0 && hasApt()) await aptInstall(progress, 'programs of targets', missing);
}

/** What builds and runs the image, each a Debian package of the same name. crun, podman's first choice, refuses
 *  machines that have both kinds of cgroups; runc does not. */
const IMAGE_TOOLS = ['podman', 'buildah', 'runc', 'debootstrap'];

/** Installs what `npm run test:image` needs. */
export async function ensureImageTools(progress) {
	const missing = IMAGE_TOOLS.filter((name) => onPath(name) === null);
	if (missing.length === 0) return;
	if (!hasApt()) {
		throw new SetupFault(
			`${missing.join(', ')}: install them; only root can do so here, by apt-get.`
		);
	}
	await aptInstall(progress, 'container tools', missing);
}

/** systemd-analyze looks at the unit that deploy/ ships. */
async function ensureServiceTools(progress) {
	if (onPath('systemd-analyze') === null && hasApt())
		await aptInstall(progress, 'systemd-analyze', ['systemd']);
}

/** Valkey or Redis, which replicas share; null where there is none. */
export const sharedStoreProgram = () => onPath('valkey-server', 'redis-server');

/** Installs it for the tests. Without root and apt they say which one they lack. */
export async function ensureSharedStore(progress) {
	if (sharedStoreProgram() === null && hasApt())
		await aptInstall(progress, 'shared store', ['redis-server']);
}

/** Reverse proxies that deploy/ has files for, and what makes their tests' certificate; each is a Debian package
 *  of the same name. */
const PROXIES = ['caddy', 'nginx', 'openssl'];

/** Path of one of them; null where this machine has none. */
export const findProxy = (name) =>
	onPath(name) ?? (isExecutable(`/usr/sbin/${name}`) ? `/usr/sbin/${name}` : null);

/** Installs those that are missing. Without root and apt they stay away, and the tests that need them say so. */
export async function ensureProxies(progress) {
	const missing = PROXIES.filter((name) => findProxy(name) === null);
	if (missing.length > 0 && hasApt()) await aptInstall(progress, 'reverse proxies', missing);
}

/** Everything the app and its tailnet need to run. Packages and Go programs at the same time. */
export async function ensureStack(progress) {
	mkdirSync(STATE, { recursive: true });
	await Promise.all([ensurePackages(progress), ensureBinaries(progress)]);
	await ensureWasm(progress);
	await ensureApp(progress);
	programs = null;
}

/** What a release is made of: packages, module, app. */
export async function ensureBuild(progress) {
	mkdirSync(STATE, { recursive: true });
	await ensurePackages(progress);
	await ensureWasm(progress);
	await ensureApp(progress);
}

/** Shows a failure as what it is. */
export function explain(cause) {
	if (cause instanceof SetupFault) return cause.message;
	return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	try {
		const progress = new Progress();
		await (process.argv.includes('--build') ? ensureBuild : ensureStack)(progress);
		if (process.argv.includes('--all')) {
			await ensureBrowser(progress);
			await ensureTargetPrograms(progress);
			await ensureSharedStore(progress);
			await ensureProxies(progress);
		}
		if (process.argv.includes('--image')) await ensureImageTools(progress);
		process.stdout.write('everything is there\n');
	} catch (cause) {
		process.stderr.write(`\n${explain(cause)}\n`);
		process.exitCode = 1;
	}
}
