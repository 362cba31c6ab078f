// `npm test`: everything that proves this clone, from nothing: sets up what is missing, then checks
// types, lint, units, Go, build, integration and end to end, and ends with `N passed, N failed`.
// Plain Node, since it runs before anything is installed. `npm test -- lint unit` runs named stages.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bold, dim, duration, Progress } from './progress.mjs';
import {
	ensureApp,
	ensureBinaries,
	ensureBrowser,
	ensurePackages,
	ensureWasm,
	explain,
	ROOT
} from './setup.mjs';

const RESULTS = join(ROOT, '.headtab', 'test-results');
const WASM_DIR = join(ROOT, 'wasm');
// Vite announces that a future release will load its configuration in another way, once per project.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

const counts = { passed: 0, failed: 0, skipped: 0 };
/** What failed, for the last lines. */
const failures = [];
let child = null;

for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143]
]) {
	process.on(signal, () => {
		child?.kill(signal);
		process.exit(code);
	});
}

/** Runs a program with its output passed on; each line of stdout also to `onLine`, which may keep it back.
 *  @returns its exit status */
async function run(command, args, { cwd = ROOT, env = {}, onLine = null } = {}) {
	child = spawn(command, args, {
		cwd,
		env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...env },
		stdio: ['ignore', onLine === null ? 'inherit' : 'pipe', 'inherit']
	});
	const lines =
		onLine === null
			? Promise.resolve()
			: new Promise((resolve) => {
					createInterface({ input: child.stdout }).on('line', onLine).on('close', resolve);
				});
	const status = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code, signal) => resolve(code ?? signal));
	});
	await lines;
	child = null;
	return status;
}

const npm = (script, ...args) => run('npm', ['run', '--silent', script, ...args]);
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** A stage without tests of its own: it counts only when it fails. */
const whole = (work) => async () => ((await work()) === 0 ? none() : { ...none(), failed: 1 });
const none = () => ({ passed: 0, failed: 0, skipped: 0 });

/** Vitest projects, counted by its JSON report. */
const vitest = (name, projects) => async () => {
	const file = join(RESULTS, `${name}.json`);
	rmSync(file, { force: true });
	const status = await run(bin('vitest'), [
		'run',
		...projects.flatMap((project) => ['--project', project]),
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${file}`
	]);
	if (!existsSync(file)) return { ...none(), failed: 1 };
	const report = JSON.parse(readFileSync(file, 'utf8'));
	const found = {
		passed: report.numPassedTests,
		failed: report.numFailedTests,
		skipped: report.numPendingTests + report.numTodoTests
	};
	// A file that cannot be loaded has no tests, and must not pass for that.
	if (status !== 0 && found.failed === 0) found.failed = Math.max(1, report.numFailedTestSuites);
	return found;
};

/** Go tests, counted by `go test -json`; only packages and what failed are printed. */
async function goTest(args, env) {
	const found = none();
	const outputs = new Map();
	const status = await run('go', ['test', '-json', ...args], {
		cwd: WASM_DIR,
		env: { GOTOOLCHAIN: 'auto', ...env },
		onLine: (line) => {
			if (!line.startsWith('{')) {
				process.stdout.write(`${line}\n`);
				return;
			}
			const {
				Action: action,
				Package: name,
				Test: test,
				Output: output,
				Elapsed: elapsed
			} = JSON.parse(line);
			const key = `${name} ${test ?? ''}`;
			if (action === 'output' || action === 'build-output') {
				outputs.set(key, `${outputs.get(key) ?? ''}${output}`);
				return;
			}
			if (test === undefined) {
				if (action === 'pass') process.stdout.write(`ok    ${name} ${elapsed ?? 0} s\n`);
				if (action === 'fail') process.stdout.write(`FAIL  ${name}\n${outputs.get(key) ?? ''}`);
			} else {
				if (action === 'pass') found.passed += 1;
				if (action === 'skip') found.skipped += 1;
				if (action === 'fail') {
					found.failed += 1;
					process.stdout.write(outputs.get(key) ?? '');
				}
			}
			if (action === 'build-fail') process.stdout.write([...outputs.values()].join(''));
		}
	});
	if (status !== 0 && found.failed === 0) found.failed = 1;
	return found;
}

async function goStages() {
	const native = await goTest(['./...'], {});
	let root = '';
	await run('go', ['env', 'GOROOT'], { cwd: WASM_DIR, onLine: (line) => (root = line) });
	const runner = join(root, 'lib', 'wasm', 'go_js_wasm_exec');
	const js = await goTest([`-exec=${runner}`, './internal/jsx'], { GOOS: 'js', GOARCH: 'wasm' });
	return add(native, js);
}

const add = (a, b) => ({
	passed: a.passed + b.passed,
	failed: a.failed + b.failed,
	skipped: a.skipped + b.skipped
});

async function playwright() {
	const file = join(RESULTS, 'e2e.json');
	rmSync(file, { force: true });
	const status = await run(bin('playwright'), ['test', '--reporter=list,json'], {
		env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file }
	});
	if (!existsSync(file)) return { ...none(), failed: 1 };
	const { stats, errors } = JSON.parse(readFileSync(file, 'utf8'));
	const found = {
		passed: stats.expected,
		failed: stats.unexpected + stats.flaky,
		skipped: stats.skipped
	};
	if (status !== 0 && found.failed === 0) found.failed = Math.max(1, errors.length);
	return found;
}

const progress = new Progress();

/** In the order of what they cost; `needs` names stages whose failure makes it pointless. */
const STAGES = [
	{ name: 'check', work: whole(() => npm('check')) },
	{ name: 'lint', work: whole(() => npm('lint')) },
	{ name: 'unit', work: vitest('unit', ['unit', 'unit-client', 'gen']) },
	{ name: 'go', work: goStages },
	{ name: 'build', work: whole(async () => ensureApp(progress).then(() => 0)) },
	{ name: 'integration', needs: 'build', work: vitest('integration', ['integration']) },
	{ name: 'e2e', needs: 'build', work: playwright }
];

async function setUp() {
	await Promise.all([
		ensurePackages(progress).then(() => ensureBrowser(progress)),
		ensureBinaries(progress)
	]);
	await ensureWasm(progress);
	// Types of the routes, which lint and tests read.
	await run(bin('svelte-kit'), ['sync']);
}

async function main() {
	const startedMs = Date.now();
	const wanted = process.argv.slice(2);
	const strangers = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
	if (strangers.length > 0) {
		process.stderr.write(
			`No stage ${strangers.join(', ')}. There are: ${STAGES.map(({ name }) => name).join(', ')}\n`
		);
		process.exitCode = 64;
		return;
	}
	mkdirSync(RESULTS, { recursive: true });
	const failed = new Set();
	const times = [];
	const stage = async (name, work) => {
		process.stdout.write(`\n${bold(`── ${name}`)}\n`);
		const since = Date.now();
		let found;
		try {
			found = await work();
		} catch (cause) {
			process.stdout.write(`${explain(cause)}\n`);
			found = { ...none(), failed: 1 };
		}
		Object.assign(counts, add(counts, found));
		if (found.failed > 0) {
			failed.add(name);
			failures.push(name);
		}
		times.push(`${name} ${duration(Date.now() - since)}`);
	};

	await stage('set up', async () => {
		await setUp();
		return none();
	});
	if (failures.length === 0) {
		for (const { name, needs, work } of STAGES) {
			if (
				wanted.length > 0 &&
				!wanted.includes(name) &&
				!wanted.some((other) => isNeededBy(name, other))
			)
				continue;
			if (needs !== undefined && failed.has(needs)) {
				process.stdout.write(`\n${bold(`── ${name}`)}\nnot run: ${needs} failed\n`);
				failures.push(name);
				counts.failed += 1;
				continue;
			}
			await stage(name, work);
		}
	}
	process.stdout.write(
		`\n${dim(times.join(' · '))}\n${dim(`in all ${duration(Date.now() - startedMs)}`)}\n`
	);
	if (failures.length > 0) process.stdout.write(`failed: ${failures.join(', ')}\n`);
	const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
	process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
	process.exitCode = counts.failed > 0 ? 1 : 0;
}

const isNeededBy = (name, other) => STAGES.find((stage) => stage.name === other)?.needs === name;

await main();
