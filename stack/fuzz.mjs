// `npm run fuzz`: every fuzz target with new inputs, each for HEADTAB_FUZZ_SECONDS (60), those of TypeScript beside
// those of Go; ends with a table and, after a crash, with 1. `npm run fuzz -- cookie Banner` runs those whose names
// hold a word. HEADTAB_FUZZ_SEED repeats a run of TypeScript's; Go keeps what broke a target in its testdata/fuzz.
// Plain Node, like npm test.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bold, dim, Progress } from './progress.mjs';
import { ensurePackages, ROOT } from './setup.mjs';

const SECONDS = Number(process.env.HEADTAB_FUZZ_SECONDS ?? 60);
const FOLDER = join(ROOT, '.headtab', 'fuzz');
const RESULTS = join(FOLDER, 'results.jsonl');
const PROVIDER_IDS = join(FOLDER, 'providerids');
const WASM_DIR = join(ROOT, 'wasm');
const STACK_GO_DIR = join(ROOT, 'stack', 'go');
/** Processes of Vitest: with Go's they keep two cores at work. */
const SHARDS = 2;
const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.some((word) => name.includes(word));

/** @typedef {{ name: string, inputs: number, corpus: number | null, crashes: number }} Row */

/** Runs a program; each line of what it says goes to `onLine`, or on.
 *  @returns its exit status */
async function run(command, args, { cwd = ROOT, env = {}, onLine = null } = {}) {
	const child = spawn(command, args, {
		cwd,
		env: { ...process.env, ...env },
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
	return status;
}

const go = (args, options) =>
	run('go', args, { ...options, env: { GOTOOLCHAIN: 'auto', ...options.env } });

/** TypeScript's targets, in so many processes. @returns their rows */
async function typeScriptRows() {
	rmSync(RESULTS, { force: true });
	const vitest = join(ROOT, 'node_modules', '.bin', 'vitest');
	const statuses = await Promise.all(
		Array.from({ length: SHARDS }, (_, shard) =>
			run(vitest, ['run', '--project', 'fuzz'], {
				env: {
					VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true',
					HEADTAB_FUZZ_SECONDS: String(SECONDS),
					HEADTAB_FUZZ_RESULTS: RESULTS,
					HEADTAB_FUZZ_PROVIDERIDS: PROVIDER_IDS,
					HEADTAB_FUZZ_TARGETS: wanted.join(','),
					HEADTAB_FUZZ_SHARD: `${shard}/${SHARDS}`
				}
			})
		)
	);
	const text = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').trim() : '';
	const rows =
		text === '' ? [] : text.split('\n').map((line) => ({ ...JSON.parse(line), corpus: null }));
	// A process that ends without a word has crashed, too.
	if (statuses.some((status) => status !== 0) && !rows.some(({ crashes }) => crashes > 0))
		rows.push({ name: 'Vitest itself', inputs: 0, corpus: null, crashes: 1 });
	return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Go's targets as [package, name]. */
async function goTargets() {
	const found = [];
	let names = [];
	const status = await go(['test', '-list', '^Fuzz', './...'], {
		cwd: WASM_DIR,
		onLine: (line) => {
			if (line.startsWith('Fuzz')) names.push(line.trim());
			const name = /^ok\s+(\S+)/.exec(line)?.[1];
			if (name === undefined) return;
			found.push(...names.map((target) => [name, target]));
			names = [];
		}
	});
	if (status !== 0) throw new Error('go test -list has failed');
	return found.filter(([, name]) => isWanted(name));
}

/** Go's targets, one after the other, each on one core. @returns their rows */
async function goRows() {
	const rows = [];
	for (const [name, target] of await goTargets()) {
		const row = { name: `${name.split('/').at(-1)}.${target}`, inputs: 0, corpus: 0, crashes: 0 };
		const args = [
			'test',
			'-run=^$',
			`-fuzz=^${target}$`,
			`-fuzztime=${String(SECONDS)}s`,
			'-parallel=1',
			// Of what is only interesting, little is worth the time to make it small.
			'-fuzzminimizetime=50x'
		];
		const said = [];
		const status = await go([...args, name], {
			cwd: WASM_DIR,
			onLine: (line) => {
				said.push(line);
				const [, inputs, corpus] = /execs: (\d+).*new interesting: (\d+)/.exec(line) ?? [];
				if (inputs === undefined) return;
				row.inputs = Number(inputs);
				row.corpus = Number(corpus);
			}
		});
		if (status !== 0) {
			row.crashes = 1;
			process.stdout.write(`${said.join('\n')}\n`);
		}
		process.stdout.write(`${row.name}: ${row.inputs} inputs\n`);
		rows.push(row);
	}
	return rows;
}

/** The figures of each target, and their sums. */
function print(rows) {
	const number = (value) => (value === null ? '–' : value.toLocaleString('en-US'));
	const sum = (field) => rows.reduce((total, row) => total + (row[field] ?? 0), 0);
	const line = (cells) =>
		`${cells[0].padEnd(40)}${cells[1].padStart(14)}${cells[2].padStart(14)}${cells[3].padStart(10)}\n`;
	process.stdout.write(`\n${bold(line(['target', 'inputs', 'new corpus', 'crashes']))}`);
	for (const row of rows)
		process.stdout.write(
			line([row.name, number(row.inputs), number(row.corpus), number(row.crashes)])
		);
	const all = [`${String(rows.length)} targets, ${String(SECONDS)} s each`];
	process.stdout.write(
		bold(line([...all, number(sum('inputs')), number(sum('corpus')), number(sum('crashes'))]))
	);
	process.stdout.write(
		dim('New corpus: inputs that reached code which none before had (Go tells, Vitest does not)\n')
	);
}

const progress = new Progress();
await ensurePackages(progress);
mkdirSync(FOLDER, { recursive: true });
if (isWanted('provider id against Headscale’s own'))
	await progress.step('building Headscale’s own providerId', async () => {
		const build = ['build', '-tags=headscaletypes', '-o', PROVIDER_IDS, './cmd/providerids'];
		if ((await go(build, { cwd: STACK_GO_DIR })) !== 0) throw new Error('go build has failed');
	});
const rows = (await Promise.all([typeScriptRows(), goRows()])).flat();
print(rows);
process.exitCode = rows.some(({ crashes }) => crashes > 0) ? 1 : 0;
