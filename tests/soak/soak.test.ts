// A long run of everything at once: windows that sign in, join and leave (with and without a goodbye), shells
// with small and big output, ways that fail, and every part ended in order and by kill -9 and started again;
// and at its end memory that stayed flat, no command failed, no byte lost or doubled, and nothing left in the
// tailnet. `npm run soak`, ten minutes; HEADTAB_SOAK_MINUTES and HEADTAB_SOAK_SEED change it. The built app, its
// agent, the Go node in Node. README and docs/RELIABILITY.md say what its figures mean.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isRecord } from '../../src/lib/contracts/parse';
import { waitFor } from '../../stack/process';
import type { ProxyFaults } from '../../stack/proxy';
import { pick, seeded, shuffled } from '../chaos/chance';
import { PARTS, Parts, type Ending, type Part, type WayName } from '../chaos/parts';
import { isWindow, lastingNodes, oldKeys, usableKeys } from '../chaos/remains';
import { Tally } from '../chaos/outcome';
import { growth, longestLife, table, type Sample } from './figures';
import { Did, live } from './life';

const MINUTES = Number(process.env['HEADTAB_SOAK_MINUTES'] ?? 10);
const SEED = Number(process.env['HEADTAB_SOAK_SEED'] ?? 20_261_124);
const WINDOWS = 3;
const SAMPLE_MS = 10_000;
/** Between two troubles; short runs have as many kinds as long ones. */
const TURN_MS = Math.min(30_000, (MINUTES * 60_000) / 24);
const SLOW_MS = 8_000;
const KEY_TTL_S = 120;
/** Memory may grow so much over the server's longest life after its warm-up, by its slope. What a heap keeps is told
 *  after a collection; the process holds more, and goes up and down by it. */
const GROWTH_MAX_MB = { kept: 10, process: 30 };
/** Headscale's own timer for an ephemeral node that is gone, the janitor's period, and a key's time. */
const NOTHING_LEFT_MS = 300_000;
/** What a window and a part that is starting may still need when time is up. */
const LAST_WORK_MS = 600_000;

type Trouble = ProxyFaults | 'cut' | 'reset' | 'abandon';
type WayTrouble = readonly [way: WayName, trouble: Trouble];
const WAY_TROUBLES: readonly [WayTrouble, ...WayTrouble[]] = [
	['window', 'cut'],
	['window', 'reset'],
	['window', 'abandon'],
	['window', { latencyMs: 150 }],
	['window', { bytesPerS: 100_000 }],
	['window', { sliceBytes: 100 }],
	['control', 'reset'],
	['derp', 'cut'],
	['derp', { latencyMs: 80, jitterMs: 80, lossShare: 0.02 }],
	['target', 'reset'],
	['api', { latencyMs: 150 }]
];
/** The server's own ends leave it one long life, whose memory can be judged. */
const SERVER_ENDS: readonly (readonly [atShare: number, how: Ending])[] = [
	[0.1, 'stop'],
	[0.2, 'kill'],
	[0.85, 'stop'],
	[0.93, 'kill']
];
const OTHER_ENDS: readonly (readonly [part: Part, how: Ending])[] = [
	['agent', 'kill'],
	...(['headscale', 'provider', 'redis', 'target'] as const).flatMap(
		(part) =>
			[
				[part, 'stop'],
				[part, 'kill']
			] as const
	)
];

let folder: string;
let parts: Parts;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-soak-'));
	parts = await Parts.start({
		folder,
		random: seeded(SEED - 2),
		env: {
			HEADTAB_JANITOR_PERIOD_S: '20',
			HEADTAB_JANITOR_GRACE_S: '60',
			HEADTAB_KEY_TTL_S: String(KEY_TTL_S)
		}
	});
});
afterAll(async () => {
	await parts.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** What a process holds; null when it has ended meanwhile. */
function heldBy(pid: number): Pick<Sample, 'rssMb' | 'files'> | null {
	const folder = `/proc/${String(pid)}`;
	try {
		const status = readFileSync(`${folder}/status`, 'utf8');
		return {
			rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024,
			files: readdirSync(`${folder}/fd`).length
		};
	} catch (cause) {
		if (isRecord(cause) && (cause['code'] === 'ENOENT' || cause['code'] === 'ESRCH')) return null;
		throw cause;
	}
}

/** null while the server or Headscale is away. */
async function sample(startedMs: number): Promise<Sample | null> {
	parts.collectGarbage();
	const metric = await parts.metrics();
	const nodes = await parts.tailnet.headscale.nodes().catch(() => null);
	const held = heldBy(parts.appPid);
	if (metric === null || nodes === null || held === null) return null;
	return {
		atS: Math.round((performance.now() - startedMs) / 1_000),
		life: parts.ended.headtab + 1,
		rssMb: held.rssMb,
		heapMb: metric('nodejs_heap_size_used_bytes') / 1024 ** 2,
		agentMb: metric('headtab_agent_memory_bytes') / 1024 ** 2,
		agentHeapMb: metric('headtab_agent_heap_bytes') / 1024 ** 2,
		goroutines: metric('headtab_agent_goroutines'),
		loopP99Ms: metric('nodejs_eventloop_lag_p99_seconds') * 1_000,
		files: held.files,
		windows: metric('headtab_windows'),
		nodes: nodes.filter(isWindow).length,
		allNodes: nodes.length
	};
}

/** Ends a part, holds the server's files against what they must be, and starts the part again. */
async function restart(part: Part, how: Ending): Promise<void> {
	if (part === 'agent') await parts.agentUp();
	await parts.end(part, how);
	if (part === 'headtab') expect(parts.stateFaults()).toEqual([]);
	await parts.begin(part);
}

async function trouble(way: WayName, kind: Trouble): Promise<void> {
	const proxy = parts.ways[way];
	if (typeof kind === 'string') {
		proxy[kind]();
		return;
	}
	proxy.setFaults(kind);
	const untilMs = performance.now() + SLOW_MS;
	await waitFor(() => performance.now() >= untilMs, { what: 'a slow time', everyMs: 250 });
	proxy.setFaults({});
}

test(
	`soak for ${String(MINUTES)} min: every part restarted, no command failed, memory flat, nothing left`,
	{ timeout: MINUTES * 60_000 + NOTHING_LEFT_MS + LAST_WORK_MS },
	async () => {
		process.stdout.write(`soak: seed ${String(SEED)}, ${String(MINUTES)} min\n`);
		const startedMs = performance.now();
		const endMs = startedMs + MINUTES * 60_000;
		const isOver = (): boolean => performance.now() >= endMs;
		const samples: Sample[] = [];
		const faults: string[] = [];
		const log: string[] = [];
		const did = new Did();
		const again = new Tally();
		const note = (text: string): void => {
			const atS = ((performance.now() - startedMs) / 1_000).toFixed(0);
			process.stdout.write(`  ${atS.padStart(6)} s  ${text}\n`);
			log.push(text);
		};

		const windows = Array.from({ length: WINDOWS }, async (_, i) => {
			const random = seeded(SEED + i);
			while (!isOver()) {
				await live({ parts, random, did, again }).catch((cause: unknown) => {
					const text = cause instanceof Error ? cause.message : String(cause);
					note(`window ${String(i)}: ${text}`);
					faults.push(text);
				});
			}
		});
		const every = async (ms: number, work: () => Promise<void>): Promise<void> => {
			let dueMs = performance.now() + ms;
			while (!isOver()) {
				await waitFor(() => performance.now() >= dueMs || isOver(), {
					what: 'the next turn',
					timeoutMs: ms + 60_000,
					everyMs: 250
				});
				dueMs = performance.now() + ms;
				if (!isOver()) await work();
			}
		};
		const random = seeded(SEED - 1);
		const serverEnds = [...SERVER_ENDS];
		let ends: (readonly [Part, Ending])[] = [];
		let isWaysTurn = false;
		const troubles = every(TURN_MS, async () => {
			const share = (performance.now() - startedMs) / (endMs - startedMs);
			const [due] = serverEnds;
			if (due !== undefined && share >= due[0]) {
				serverEnds.shift();
				note(`headtab: ${due[1]}`);
				await restart('headtab', due[1]);
				return;
			}
			isWaysTurn = !isWaysTurn;
			if (isWaysTurn) {
				const [way, kind] = pick(WAY_TROUBLES, random);
				note(`way of the ${way}: ${typeof kind === 'string' ? kind : JSON.stringify(kind)}`);
				await trouble(way, kind);
				return;
			}
			if (ends.length === 0) ends = shuffled(OTHER_ENDS, random);
			const [part, how] = ends.shift() ?? ['agent', 'kill'];
			note(`${part}: ${how}`);
			await restart(part, how);
		});
		const watch = every(SAMPLE_MS, async () => {
			const taken = await sample(startedMs);
			if (taken !== null) samples.push(taken);
		});
		await Promise.all([...windows, troubles, watch]);
		// What half-open connections are left of the windows ends now, as it does when a network changes.
		parts.ways.window.cut();

		const judged = longestLife(samples);
		const hours = ((judged.at(-1)?.atS ?? 0) - (judged[0]?.atS ?? 0)) / 3_600;
		const { kept, process: ofProcess } = GROWTH_MAX_MB;
		const grown = [
			['server, resident', growth(judged, ({ rssMb }) => rssMb), ofProcess],
			['server, heap', growth(judged, ({ heapMb }) => heapMb), kept],
			['agent, memory', growth(judged, ({ agentMb }) => agentMb), kept],
			['agent, heap', growth(judged, ({ agentHeapMb }) => agentHeapMb), kept]
		] as const;
		const grownFiles = growth(judged, ({ files }) => files);
		const { failed, ...counted } = did;
		process.stdout.write(
			[
				table(samples),
				`seed ${String(SEED)}; ${String(log.length)} troubles; parts ended: ${JSON.stringify(parts.ended)}; the server in order: ${String(parts.cleanStops)}`,
				`did: ${JSON.stringify(counted)}`,
				`commands failed: ${String(failed.length)}`,
				`told by a code and done again: ${again.toString()}`,
				`growth by slope over the server's longest life (${(hours * 60).toFixed(0)} min after its warm-up): ${grown
					.map(
						([name, mb]) => `${name} ${mb.toFixed(1)} MB (${(mb / (hours || 1)).toFixed(1)} MB/h)`
					)
					.join('; ')}; files ${grownFiles.toFixed(1)}`,
				`largest event-loop delay p99 of a sample: ${Math.max(...samples.map(({ loopP99Ms }) => loopP99Ms)).toFixed(0)} ms; load ${loadavg()
					.map((load) => load.toFixed(1))
					.join(' ')}\n`
			].join('\n')
		);
		expect(failed, 'commands that failed').toEqual([]);
		expect(faults).toEqual([]);
		expect(did.joins).toBeGreaterThan(0);
		for (const part of PARTS) expect(parts.ended[part], `${part}, ended`).toBeGreaterThan(0);
		for (const [name, mb, most] of grown) expect(mb, `${name}, growth`).toBeLessThan(most);

		const { headscale } = parts.tailnet;
		expect(await lastingNodes(headscale)).toEqual([]);
		expect(await oldKeys(headscale, KEY_TTL_S)).toEqual([]);
		await expect
			.poll(async () => (await headscale.nodes()).filter(isWindow).length, {
				message: 'nodes of windows',
				timeout: NOTHING_LEFT_MS,
				interval: 2_000
			})
			.toBe(0);
		await expect
			.poll(() => usableKeys(headscale), {
				message: 'keys that somebody could still join with',
				timeout: KEY_TTL_S * 1_000 + 10_000,
				interval: 2_000
			})
			.toEqual([]);
		expect(await sample(startedMs)).toMatchObject({ windows: 0, nodes: 0 });
	}
);
