// `npm test`: everything that proves this clone, from nothing: sets up what is missing, then checks
// types, lint, units, Go, build, integration and end to end, the ones that compute beside the ones that
// wait, and ends with the time of each and `N passed, N failed`.
// Plain Node, since it runs before anything is installed. `npm test -- lint unit` runs named stages,
// `npm test -- quick` what is to be seen between two commits: the sources, and the main job alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { coverage, failedTests, goResult, playwrightResults, vitestResults } from './cases.mjs';
import { ensureHeadscales } from './headscales.mjs';
import { bold, dim, duration, Progress } from './progress.mjs';
import {
	ensureApp,
	ensureBinaries,
	ensureBrowser,
	ensurePackages,
	ensureSharedStore,
	ensureProxies,
	ensureTargetPrograms,
	ensureWasm,
	explain,
	ROOT,
	verdictOf
} from './setup.mjs';

const RESULTS = join(ROOT, '.headtab', 'test-results');
const WASM_DIR = join(ROOT, 'wasm');
const STACK_GO_DIR = join(ROOT, 'stack', 'go');
// Vite announces that a future release will load its configuration in another way, once per project.
process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = 'true';

/** `tests` are those that a title gives to a case, and those that failed (cases.mjs).
 *  @typedef {{ passed: number, failed: number, skipped: number, tests: object[] }} Counts */

const counts = { passed: 0, failed: 0, skipped: 0 };
/** What failed, for the last lines. */
const failures = [];
/** What could not be looked up here: neither passed nor failed. */
const notLookedUp = [];
/** Each test that ran and has a case, or failed. */
const results = [];
const children = new Set();
let isStopping = false;

/** How long the stages may take to stop what they started. */
const STOP_MS = 10_000;

process.on('exit', () => {
	for (const child of children) end(child, 'SIGKILL');
});
for (const [signal, code] of [
	['SIGINT', 130],
	['SIGTERM', 143]
]) {
	process.on(signal, () => {
		isStopping = true;
		process.exitCode = code;
		for (const child of children) {
			// Ctrl+C has reached those of the terminal's group, and a second one would cut their clearing up.
			if (child.isAside || signal !== 'SIGINT' || !process.stdin.isTTY) end(child, signal);
		}
		// Playwright and Vitest stop what they started; who hangs is killed by the exit above.
		setTimeout(() => process.exit(code), STOP_MS).unref();
		void Promise.all([...children].map((child) => once(child, 'exit'))).then(() => process.exit());
	});
}

/** Where a stage's output goes: straight on, or kept to be printed whole. */
class Output {
	#kept;

	/** @param isKept of a stage that runs beside another, whose lines it would tear apart */
	constructor(isKept) {
		this.#kept = isKept ? [] : null;
	}

	get isKept() {
		return this.#kept !== null;
	}

	write(text) {
		if (this.#kept === null) process.stdout.write(text);
		else this.#kept.push(text);
	}

	/** Prints what was kept. */
	flush() {
		process.stdout.write((this.#kept ?? []).join(''));
		this.#kept = [];
	}
}

/** Ends a child, with its whole group when it leads one. */
function end(child, signal) {
	try {
		if (child.isAside) process.kill(-child.pid, signal);
		else child.kill(signal);
	} catch (cause) {
		if (cause.code !== 'ESRCH') throw cause;
	}
}

/** Runs a program with its output passed on; each line of stdout also to `onLine`, which may keep it back.
 *  @returns its exit status */
async function run(command, args, { cwd = ROOT, env = {}, onLine = null, out }) {
	if (isStopping) throw new Error('stopped');
	const child = spawn(command, args, {
		cwd,
		env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...env },
		stdio: [
			'ignore',
			onLine === null && !out.isKept ? 'inherit' : 'pipe',
			out.isKept ? 'pipe' : 'inherit'
		],
		// A group and a session of its own, which the kernel can be told to run after all others.
		detached: out.isKept
	});
	child.isAside = out.isKept;
	children.add(child);
	if (out.isKept && child.pid !== undefined) runLast(child.pid);
	const readers = [];
	if (child.stdout !== null) {
		readers.push(eachLine(child.stdout, onLine ?? ((line) => out.write(`${line}\n`))));
	}
	if (child.stderr !== null) readers.push(eachLine(child.stderr, (line) => out.write(`${line}\n`)));
	const status = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code, signal) => resolve(code ?? signal));
	}).finally(() => children.delete(child));
	await Promise.all(readers);
	return status;
}

const eachLine = (stream, onLine) =>
	new Promise((resolve) => {
		createInterface({ input: stream }).on('line', onLine).on('close', resolve);
	});

/** Leaves the cores to the stages beside it, whose tests have limits of time. Linux weighs sessions
 *  before processes, other systems only the latter. */
function runLast(pid) {
	const session = `/proc/${pid}/autogroup`;
	try {
		setPriority(pid, 10);
		if (existsSync(session)) writeFileSync(session, '10');
	} catch (cause) {
		// It may have ended already, or the system refuse: then it runs like the others.
		if (!['ESRCH', 'ENOENT', 'EACCES', 'EPERM', 'EAGAIN'].includes(cause.code)) throw cause;
	}
}

const npm = (out, script) => run('npm', ['run', '--silent', script], { out });
const bin = (name) => join(ROOT, 'node_modules', '.bin', name);

/** A stage without tests of its own: it counts only when it fails. */
const whole = (work) => async (out) =>
	(await work(out)) === 0 ? none() : { ...none(), failed: 1 };
const none = () => ({ passed: 0, failed: 0, skipped: 0, tests: [] });

/** A stage whose verdict hangs on the sources alone: one that passed on the same is believed, and counted as
 *  it was, except when it is asked for by name. */
const pure = (name, work) => async (out) => {
	const verdict = verdictOf(name);
	if (verdict.before !== null && !process.argv.includes(name)) {
		out.write('passed before on the same sources\n');
		return verdict.before;
	}
	const found = await work(out);
	if (found.failed === 0) verdict.keep(found);
	return found;
};

/** Vitest projects, counted by its JSON report. */
const vitest = (name, projects) => async (out) => {
	const file = join(RESULTS, `${name}.json`);
	rmSync(file, { force: true });
	const args = [
		'run',
		...projects.flatMap((project) => ['--project', project]),
		'--reporter=default',
		'--reporter=json',
		`--outputFile.json=${file}`
	];
	const status = await run(bin('vitest'), args, { out });
	if (!existsSync(file)) return { ...none(), failed: 1 };
	const report = JSON.parse(readFileSync(file, 'utf8'));
	const found = {
		tests: vitestResults(report),
		passed: report.numPassedTests,
		failed: report.numFailedTests,
		skipped: report.numPendingTests + report.numTodoTests
	};
	// A file that cannot be loaded has no tests, and must not pass for that.
	if (status !== 0 && found.failed === 0) found.failed = Math.max(1, report.numFailedTestSuites);
	return found;
};

/** Go tests, counted by `go test -json`; only packages and what failed are printed. */
async function goTest(args, { cwd = WASM_DIR, env = {}, out }) {
	const found = none();
	const outputs = new Map();
	const status = await run('go', ['test', '-json', ...args], {
		cwd,
		env: { GOTOOLCHAIN: 'auto', ...env },
		out,
		onLine: (line) => {
			if (!line.startsWith('{')) {
				out.write(`${line}\n`);
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
				if (action === 'pass') out.write(`ok    ${name} ${elapsed ?? 0} s\n`);
				if (action === 'fail') out.write(`FAIL  ${name}\n${outputs.get(key) ?? ''}`);
			} else {
				if (action === 'pass') found.passed += 1;
				if (action === 'pass' || action === 'fail') {
					found.tests.push(goResult(test, action === 'pass'));
				}
				if (action === 'skip') found.skipped += 1;
				if (action === 'fail') {
					found.failed += 1;
					out.write(outputs.get(key) ?? '');
				}
			}
			if (action === 'build-fail') out.write([...outputs.values()].join(''));
		}
	});
	if (status !== 0 && found.failed === 0) found.failed = 1;
	return found;
}

async function goStages(out) {
	let flags = '';
	const asked = [join(WASM_DIR, 'build.mjs'), '--flags'];
	const status = await run(process.execPath, asked, { onLine: (line) => (flags = line), out });
	if (status !== 0) return { ...none(), failed: 1 };
	const native = await goTest(['./...'], { env: { GOFLAGS: flags }, out });
	let root = '';
	await run('go', ['env', 'GOROOT'], { cwd: WASM_DIR, onLine: (line) => (root = line), out });
	const runner = join(root, 'lib', 'wasm', 'go_js_wasm_exec');
	const js = await goTest([`-exec=${runner}`, './internal/jsx'], {
		env: { GOOS: 'js', GOARCH: 'wasm', GOFLAGS: flags },
		out
	});
	const stack = await goTest(['./...'], { cwd: STACK_GO_DIR, out });
	return add(add(native, js), stack);
}

const add = (a, b) => ({
	tests: [...a.tests, ...b.tests],
	passed: a.passed + b.passed,
	failed: a.failed + b.failed,
	skipped: a.skipped + b.skipped
});

/** Known advisories: whole, but what nobody here could be asked about is told at the end. */
const audit = whole((out) =>
	run(bin('tsx'), [join(ROOT, 'release', 'audit', 'audit.ts')], {
		out,
		onLine: (line) => {
			if (line.startsWith('not looked up: ')) notLookedUp.push(line);
			out.write(`${line}\n`);
		}
	})
);

/** Signing in, machines, tabs, shells, and what can go wrong on that way. */
const MAIN_JOB = ['main-job', 'sign-in', 'people', 'launcher', 'tabs', 'errors', 'states'];

/** @param specs names of files; all where there are none */
const playwright = (specs) => async (out) => {
	const file = join(RESULTS, 'e2e.json');
	rmSync(file, { force: true });
	const files = specs.map((spec) => `tests/e2e/${spec}.spec.ts`);
	const status = await run(bin('playwright'), ['test', '--reporter=list,json', ...files], {
		env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file },
		out
	});
	if (!existsSync(file)) return { ...none(), failed: 1 };
	const report = JSON.parse(readFileSync(file, 'utf8'));
	const { stats, errors } = report;
	const found = {
		tests: playwrightResults(report),
		passed: stats.expected,
		failed: stats.unexpected + stats.flaky,
		skipped: stats.skipped
	};
	if (status !== 0 && found.failed === 0) found.failed = Math.max(1, errors.length);
	return found;
};

const progress = new Progress();

/** The stages of one lane run one after the other, the lanes side by side: those of `stack` mostly
 *  wait for servers and browsers, those of `code` take the cores meanwhile. `needs` names a stage that
 *  has run before, and whose failure makes this one pointless; `isPart` of another one runs by its name alone. */
const LANES = {
	first: [{ name: 'build', work: whole(async () => ensureApp(progress).then(() => 0)) }],
	stack: [
		{ name: 'integration', needs: 'build', work: vitest('integration', ['integration']) },
		{ name: 'e2e', needs: 'build', work: playwright([]) },
		{ name: 'main', needs: 'build', isPart: true, work: playwright(MAIN_JOB) }
	],
	code: [
		{
			name: 'check',
			work: pure(
				'check',
				whole((out) => npm(out, 'check'))
			)
		},
		{ name: 'unit', work: pure('unit', vitest('unit', ['unit', 'unit-client', 'gen'])) },
		{ name: 'go', work: goStages },
		{ name: 'audit', work: audit },
		{
			name: 'lint',
			work: pure(
				'lint',
				whole((out) => npm(out, 'lint'))
			)
		}
	]
};
const STAGES = Object.values(LANES).flat();
const QUICK = ['check', 'unit', 'go', 'lint', 'main'];

/** Outputs of the lane beside: kept while another stage prints, and shown between two of them. */
class Aside {
	#isKeeping;
	#finished = [];
	#running = null;

	constructor(isKeeping) {
		this.#isKeeping = isKeeping;
	}

	open(name) {
		this.#running = name;
		return new Output(this.#isKeeping);
	}

	close(out, isFailed) {
		if (isFailed && this.#isKeeping) {
			process.stdout.write(`${bold(`── ${this.#running} failed`)}: its output follows\n`);
		}
		this.#running = null;
		if (this.#isKeeping) this.#finished.push(out);
		else out.flush();
	}

	flush() {
		for (const out of this.#finished.splice(0)) out.flush();
	}

	/** Nobody else prints any more: what runs still may. */
	follow() {
		this.#isKeeping = false;
		if (this.#running !== null) process.stdout.write(`\n${bold(`── ${this.#running}`)} goes on\n`);
	}
}

async function setUp() {
	await Promise.all([
		ensurePackages(progress)
			.then(() => ensureBrowser(progress))
			.then(() => ensureTargetPrograms(progress))
			.then(() => ensureSharedStore(progress))
			.then(() => ensureProxies(progress)),
		ensureBinaries(progress)
	]);
	await ensureHeadscales(progress);
	await ensureWasm(progress);
	// Types of the routes, which lint and tests read.
	await run(bin('svelte-kit'), ['sync'], { out: new Output(false) });
}

async function main() {
	const startedMs = Date.now();
	const wanted = process.argv.slice(2).flatMap((name) => (name === 'quick' ? QUICK : [name]));
	const strangers = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
	if (strangers.length > 0) {
		process.stderr.write(
			`No stage ${strangers.join(', ')}. There are: quick, ${STAGES.map(({ name }) => name).join(', ')}\n`
		);
		process.exitCode = 64;
		return;
	}
	mkdirSync(RESULTS, { recursive: true });
	const failed = new Set();
	const times = [];
	const fail = (name, count) => {
		failed.add(name);
		failures.push(name);
		counts.failed += count;
	};
	/** Runs one stage: heading, output, result with its time. */
	const stage = async ({ name, needs, work }, out) => {
		out.write(`\n${bold(`── ${name}`)}\n`);
		if (failed.has(needs)) {
			out.write(`not run: ${needs} failed\n`);
			fail(name, 1);
			return;
		}
		const since = Date.now();
		let found;
		try {
			found = await work(out);
		} catch (cause) {
			out.write(`${explain(cause)}\n`);
			found = { ...none(), failed: 1 };
		}
		counts.passed += found.passed;
		counts.skipped += found.skipped;
		results.push(...found.tests);
		if (found.failed > 0) fail(name, found.failed);
		const took = duration(Date.now() - since);
		times.push(`${name} ${took}`);
		const tests = found.passed + found.failed > 0 ? `, ${found.passed} passed` : '';
		const bad = found.failed > 0 ? `, ${found.failed} failed` : '';
		out.write(`${bold(`── ${name}: ${took}${tests}${bad}`)}\n`);
	};
	const isWanted = ({ name, isPart = false }) =>
		(wanted.length === 0 && !isPart) ||
		wanted.includes(name) ||
		STAGES.some(({ name: other, needs }) => needs === name && wanted.includes(other));
	const lane = (name) => LANES[name].filter(isWanted);

	await stage({ name: 'set up', work: async () => setUp().then(none) }, new Output(false));
	if (failures.length === 0) {
		for (const each of lane('first')) await stage(each, new Output(false));
		const aside = new Aside(lane('stack').length > 0);
		await Promise.all([
			(async () => {
				for (const each of lane('stack')) {
					await stage(each, new Output(false));
					aside.flush();
				}
				aside.follow();
			})(),
			(async () => {
				for (const each of lane('code')) {
					const out = aside.open(each.name);
					await stage(each, out);
					aside.close(out, failed.has(each.name));
				}
			})()
		]);
	}
	process.stdout.write(
		`\n${dim(times.join(' · '))}\n${dim(`in all ${duration(Date.now() - startedMs)}`)}\n`
	);
	for (const line of notLookedUp) process.stdout.write(`${line}\n`);
	// Stages named one by one have no say about all cases.
	if (wanted.length === 0) process.stdout.write(`${coverage(results).join('\n')}\n`);
	if (failures.length > 0) process.stdout.write(`failed: ${failures.join(', ')}\n`);
	for (const line of failedTests(results)) process.stdout.write(`  ✗ ${line}\n`);
	const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
	process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
	process.exitCode = counts.failed > 0 ? 1 : 0;
}

await main();
