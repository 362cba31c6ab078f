// `npm run reproduce`: the Go node built twice, in different folders, and compared byte for byte. Plain Node.
// Nothing is kept between the two: each has a build cache of its own, and the second one a module cache, too, filled
// from what is there. Minutes. `--link` is the cheap form: one more build elsewhere, linked anew of the compiled
// packages in the usual cache, compared with the module in static/wasm.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const wasmDir = dirname(fileURLToPath(import.meta.url));
const manifest = join(dirname(wasmDir), 'static', 'wasm', 'manifest.json');
const say = (/** @type {string} */ text) => process.stdout.write(`reproduce: ${text}\n`);

/** One of Go's own settings. */
function goEnv(/** @type {string} */ name) {
	const { status, stdout, stderr, error } = spawnSync('go', ['env', name], {
		cwd: wasmDir,
		encoding: 'utf8',
		env: { ...process.env, GOTOOLCHAIN: 'auto' }
	});
	if (status !== 0) throw new Error(`go env ${name}: ${error?.message ?? stderr.trim()}`);
	return stdout.trim();
}

/** Builds a copy of the sources in `folder`. @returns the module's SHA-256 */
function buildIn(/** @type {string} */ folder, /** @type {Record<string, string>} */ env) {
	mkdirSync(folder, { recursive: true });
	cpSync(wasmDir, join(folder, 'wasm'), { recursive: true });
	const out = join(folder, 'headtab.wasm');
	const { status, error } = spawnSync(
		process.execPath,
		[join(folder, 'wasm', 'build.mjs'), '--module', out],
		{ stdio: 'inherit', env: { ...process.env, ...env } }
	);
	if (status !== 0) throw new Error(error?.message ?? `the build in ${folder} failed`);
	return createHash('sha256').update(readFileSync(out)).digest('hex');
}

function same(/** @type {readonly (readonly [place: string, sha256: string])[]} */ builds) {
	for (const [place, sha256] of builds) say(`${sha256}  ${place}`);
	if (new Set(builds.map(([, sha256]) => sha256)).size === 1) say('the same bytes');
	else throw new Error('the bytes differ');
}

function link(/** @type {string} */ base) {
	if (!existsSync(manifest)) throw new Error('there is no module to compare with: npm run wasm');
	const { sha256 } = JSON.parse(readFileSync(manifest, 'utf8'));
	same([
		['static/wasm', sha256],
		['linked again in another folder', buildIn(join(base, 'linked'), {})]
	]);
}

function whole(/** @type {string} */ base) {
	const modules = goEnv('GOMODCACHE');
	const tools = join(goEnv('GOROOT'), 'bin');
	const first = buildIn(join(base, 'a'), { GOCACHE: join(base, 'cache-a') });
	const second = buildIn(join(base, 'another-place', 'with', 'a-longer-path'), {
		GOCACHE: join(base, 'cache-b'),
		GOMODCACHE: join(base, 'modules-b'),
		GOPROXY: pathToFileURL(join(modules, 'cache', 'download')).href,
		// Else what it holds cannot be removed.
		GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`.trim(),
		GOTOOLCHAIN: 'local',
		PATH: `${tools}${delimiter}${process.env.PATH ?? ''}`,
		TZ: 'Pacific/Chatham',
		LC_ALL: 'C'
	});
	same([
		['built from nothing', first],
		['built from nothing in another folder, of modules in another folder', second]
	]);
}

const base = mkdtempSync(join(tmpdir(), 'headtab-reproduce-'));
try {
	if (process.argv.includes('--link')) link(base);
	else whole(base);
} catch (cause) {
	process.stderr.write(`reproduce: ${cause instanceof Error ? cause.message : String(cause)}\n`);
	process.exitCode = 1;
} finally {
	rmSync(base, { recursive: true, force: true });
}
