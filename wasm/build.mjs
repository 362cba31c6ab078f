// Builds the Go node for browsers and Node: static/wasm/{headtab.wasm, .br, .gz, wasm_exec.js,
// manifest.json}. Plain Node, runs before anything else is built; called by `npm run wasm`.
// `--modules` says what is linked in instead, `--tags` with which build tags, `--flags` how Go compiles it (GOFLAGS),
// `--module FILE` builds the module alone.
// Does nothing when sources, Go and this script are those of the last build.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';

const wasmDir = dirname(fileURLToPath(import.meta.url));
const rootDir = dirname(wasmDir);
const outDir = join(rootDir, 'static', 'wasm');
const cacheDir = join(rootDir, '.headtab', 'cache', 'wasm');

/** Measured on a 27 MB module and 2 cores: 9 with a 16 MB window takes a quarter of 11's time for
 *  some per cent more bytes. HEADTAB_BROTLI_QUALITY=11 for a release. */
const brotliQuality = Number(process.env['HEADTAB_BROTLI_QUALITY'] ?? 9);

const say = (/** @type {string} */ text) => process.stdout.write(`wasm: ${text}\n`);

/** Output of a Go command; ends with what is wrong when Go is missing or fails. */
function go(/** @type {string[]} */ ...args) {
	const { status, stdout, stderr, error } = spawnSync('go', args, {
		cwd: wasmDir,
		encoding: 'utf8',
		env: { ...process.env, GOTOOLCHAIN: 'auto' }
	});
	if (error !== undefined || status !== 0) {
		throw new Error(
			`go ${args.join(' ')}: ${error === undefined ? stderr.trim() : 'Go is not installed (1.21 or newer is needed)'}`
		);
	}
	return stdout.trim();
}

/** Every file that decides what is built. */
async function sources(/** @type {string} */ folder) {
	/** @type {string[]} */
	const found = [];
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) found.push(...(await sources(path)));
		else if (/\.go$|^go\.(mod|sum)$|^build\.mjs$/.test(entry.name) && !/_test\.go$/.test(entry.name))
			found.push(path);
	}
	return found.sort();
}

async function hashOf(/** @type {string[]} */ files, /** @type {string} */ salt) {
	const hash = createHash('sha256').update(salt);
	for (const file of files) hash.update(relative(wasmDir, file)).update(await readFile(file));
	return hash.digest('hex');
}

async function sha256(/** @type {string} */ file) {
	const hash = createHash('sha256');
	await pipeline(createReadStream(file), hash);
	return hash.digest('hex');
}

/** Features that the node does without: build tags of Tailscale's. Not its health: without it the node takes itself for
 *  cut off from control, and never leaves a DERP region that died (magicsock, derp.go: maybeSetNearestDERP). */
const tags = () => go('run', 'tailscale.com/cmd/featuretags', '--min', '--add=netstack,health');

/** Tests and lint compile as the build does, so that none of it is compiled twice. */
const COMPILED_AS = ['-trimpath'];

/** The Go modules that are linked into the node, with Go itself as `std`, as JSON: for the release's SBOM and licences. */
function modules() {
	const target = { GOOS: 'js', GOARCH: 'wasm' };
	const format = '{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{.Main}}{{end}}';
	process.env.GOFLAGS = [process.env.GOFLAGS, `-tags=${tags()}`].filter(Boolean).join(' ');
	Object.assign(process.env, target);
	const lines = new Set(go('list', '-deps', '-f', format, './cmd/headtab').split('\n'));
	const linked = [...lines]
		.map((line) => line.split('\t'))
		.filter(([path, , , isMain]) => path !== '' && isMain === 'false')
		.map(([path, version, folder]) => ({ path, version, folder }));
	const std = { path: 'std', version: go('env', 'GOVERSION'), folder: go('env', 'GOROOT') };
	return [std, ...linked].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Runs the build, saying every few seconds that it still does: a first one compiles 600 packages. */
async function build(/** @type {string} */ outFile) {
	const started = Date.now();
	const args = ['build', ...COMPILED_AS, '-buildvcs=false', '-tags', tags(), '-ldflags=-s -w'];
	const child = spawn('go', [...args, '-o', outFile, './cmd/headtab'], {
		cwd: wasmDir,
		stdio: ['ignore', 'inherit', 'inherit'],
		env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOTOOLCHAIN: 'auto' }
	});
	const progress = setInterval(
		() => say(`compiling, ${Math.round((Date.now() - started) / 1000)} s …`),
		5_000
	);
	try {
		const status = await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', resolve);
		});
		if (status !== 0) throw new Error(`go build ended with ${String(status)}`);
	} finally {
		clearInterval(progress);
	}
	say(`compiled in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Compresses into the cache, named by content, and copies from there. */
async function compress(
	/** @type {string} */ file,
	/** @type {string} */ hash,
	/** @type {{ ending: string, name: string, stream: () => import('node:stream').Transform }} */ kind
) {
	const cached = join(cacheDir, `${hash}.${kind.name}`);
	if (!existsSync(cached)) {
		const started = Date.now();
		await pipeline(createReadStream(file), kind.stream(), createWriteStream(`${cached}.part`));
		await rename(`${cached}.part`, cached);
		say(`${kind.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
	}
	await copyFile(cached, `${file}.${kind.ending}`);
}

async function main() {
	const wasm = join(outDir, 'headtab.wasm');
	const manifest = join(outDir, 'manifest.json');
	const stamp = join(cacheDir, 'stamp');
	await mkdir(outDir, { recursive: true });
	await mkdir(cacheDir, { recursive: true });

	const version = go('env', 'GOVERSION');
	const state = await hashOf(await sources(wasmDir), `${version} brotli ${brotliQuality}`);
	const outputs = [wasm, manifest, `${wasm}.br`, `${wasm}.gz`, join(outDir, 'wasm_exec.js')];
	if (
		outputs.every((file) => existsSync(file)) &&
		existsSync(stamp) &&
		(await readFile(stamp, 'utf8')) === state
	) {
		say('up to date');
		return;
	}

	say(`building with ${version}; the first time takes minutes`);
	await build(`${wasm}.part`);
	await rename(`${wasm}.part`, wasm);
	await copyFile(join(go('env', 'GOROOT'), 'lib', 'wasm', 'wasm_exec.js'), join(outDir, 'wasm_exec.js'));
	const hash = await sha256(wasm);
	const sizeBytes = (await stat(wasm)).size;
	await Promise.all([
		compress(wasm, hash, { ending: 'gz', name: 'gzip-9', stream: () => createGzip({ level: 9 }) }),
		compress(wasm, hash, {
			ending: 'br',
			name: `brotli-${brotliQuality}`,
			stream: () =>
				createBrotliCompress({
					params: {
						[constants.BROTLI_PARAM_QUALITY]: brotliQuality,
						[constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
						[constants.BROTLI_PARAM_SIZE_HINT]: sizeBytes
					}
				})
		})
	]);
	await writeFile(manifest, `${JSON.stringify({ sha256: hash, sizeBytes }, null, '\t')}\n`);
	await writeFile(stamp, state);
	const megabytes = async (/** @type {string} */ file) => ((await stat(file)).size / 1e6).toFixed(2);
	say(
		`${await megabytes(wasm)} MB, gzip ${await megabytes(`${wasm}.gz`)}, brotli ${await megabytes(`${wasm}.br`)}, sha256 ${hash.slice(0, 12)}…`
	);
}

try {
	if (process.argv.includes('--modules')) process.stdout.write(`${JSON.stringify(modules())}\n`);
	else if (process.argv.includes('--tags')) process.stdout.write(`${tags()}\n`);
	else if (process.argv.includes('--flags'))
		process.stdout.write(`${[...COMPILED_AS, `-tags=${tags()}`].join(' ')}\n`);
	else if (process.argv[2] === '--module' && process.argv[3] !== undefined) await build(process.argv[3]);
	else await main();
} catch (cause) {
	process.stderr.write(`wasm: ${cause instanceof Error ? cause.message : String(cause)}\n`);
	process.exitCode = 1;
}
