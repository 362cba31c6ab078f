// `npm run audit`: is anything we build from known to be unsafe? Floors hold everywhere; advisories are looked up
// where they can be, and where they cannot the last lines say so: `not looked up: …`, which `npm test` repeats.
// Node, by tsx. `--must-look-up` fails instead, for a place that has a network.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ACCEPTED } from './accepted';
import { askGo, askNpm, nodeTags } from './ask';
import type { Answer, Finding } from './findings';
import { belowFloors, FLOORS, readCopies } from './floors';
import { faultsOf } from './verdict';

const ROOT = resolve(import.meta.dirname, '..', '..');
const { values } = parseArgs({
	options: { 'must-look-up': { type: 'boolean', default: false } }
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const copies = readCopies(ROOT);
const low = belowFloors(copies);
say(`floors: ${String(FLOORS.length)} of ${String(copies.length)} packages and modules looked at`);

/** Who is asked, and whose ids begin how. */
const SOURCES: readonly {
	readonly name: string;
	readonly ids: string;
	readonly ask: () => Promise<Answer>;
}[] = [
	{ name: 'npm advisories', ids: 'GHSA-', ask: () => askNpm(ROOT) },
	{
		name: 'Go advisories of the node (js/wasm)',
		ids: 'GO-',
		ask: () =>
			askGo(ROOT, {
				folder: join(ROOT, 'wasm'),
				env: { GOOS: 'js', GOARCH: 'wasm' },
				tags: nodeTags(ROOT)
			})
	},
	{
		name: 'Go advisories of the tests’ servers',
		ids: 'GO-',
		ask: () => askGo(ROOT, { folder: join(ROOT, 'stack', 'go'), env: {}, tags: '' })
	}
];

const findings: Finding[] = [];
/** Prefixes whose every source answered: only there can an accepted entry turn out to be needless. */
const covered = new Set(SOURCES.map(({ ids }) => ids));
const missing: string[] = [];
for (const { name, ids, ask } of SOURCES) {
	const answer = await ask();
	if (answer.isLookedUp) {
		findings.push(...answer.findings);
		const note = answer.note === '' ? '' : ` (${answer.note})`;
		say(`${name}: ${String(answer.findings.length)} found${note}`);
	} else {
		covered.delete(ids);
		missing.push(`${name}: ${answer.reason}`);
	}
}

const isCovered = (id: string): boolean => [...covered].some((start) => id.startsWith(start));
const faults = [...low, ...faultsOf({ findings, isCovered }, ACCEPTED, new Date())];
for (const { id, name, reason, lookAgain } of ACCEPTED)
	say(`accepted until ${lookAgain}: ${id} ${name}: ${reason}`);
for (const line of faults) say(`✗ ${line}`);
for (const line of missing) say(`not looked up: ${line}`);
if (faults.length > 0 || (values['must-look-up'] && missing.length > 0)) process.exitCode = 1;
