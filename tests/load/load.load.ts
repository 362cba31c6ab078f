// `npm run load`: the relay alone under 500 windows in the traffic shape of a real one, real nodes that type
// on real machines, sign-ins and keys a second. One table; what is lost, and memory that climbs, fails.
// HEADTAB_LOAD_WINDOWS, _NODES, _RUNS and _SECONDS (of one run) change it. docs/LOAD.md says how to read it.
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../stack/process';
import { Figures, quantile, report } from '../bench/figures';
import { growth } from '../soak/figures';
import type { Browser } from '../integration/server/browser';
import { openWindows } from './nodes';
import { headscaleKeysPerS, keysPerS, signIn } from './rates';
import { readShape } from './shape';
import { startStand, type Stand } from './stand';
import { type } from './typing';
import { cores, moveTo, Watch } from './watch';
import { CONNECTIONS, FarEnd, Windows, type Round } from './windows';

const setting = (name: string, fallback: number): number =>
	Number(process.env[`HEADTAB_LOAD_${name}`] ?? fallback);
const WINDOWS = setting('WINDOWS', 500);
const NODES = setting('NODES', 20);
const RUNS = setting('RUNS', 5);
const SECONDS = setting('SECONDS', 12);
const SEED = setting('SEED', 20_261_130);

/** Windows of one person. */
const WINDOWS_EACH = 5;
const PEOPLE = Math.ceil(WINDOWS / WINDOWS_EACH);
/** Before the first run that counts: code is compiled, buffers grow. */
const WARM_UP_S = 6;
/** Of each pace, keys with and without the server, in turns. */
const KEYS_S = 3;
/** What the server may keep of all runs, by its heap after a collection: a leak of 20 bytes a frame would be more. */
const KEPT_MAX_MB = 8;
const GROWTH_MAX_DESCRIPTORS = 16;
const BACK_MS = 60_000;

const figures = new Figures();
const notes: string[] = [];
let stand: Stand;
/** The crowd's. */
let browsers: Browser[] = [];
/** Those of people with machines, once the server stands before the real Headscale. */
let owners: readonly Browser[] | null = null;
let startLoad: readonly number[];

const p = (round: Round, q: number): number => quantile(round.roundTripsMs, q);

describe('under load', () => {
	beforeAll(async () => {
		startLoad = loadavg();
		stand = await startStand({ crowdSize: PEOPLE, connections: WINDOWS * CONNECTIONS.length });
		await stand.tailnet.machines;
	});
	afterAll(async () => {
		await stand.stop();
		report(figures, 'load.json');
		const [cpu] = cpus();
		process.stdout.write(
			`${[
				...notes,
				`load average before: ${startLoad.map((load) => load.toFixed(2)).join(' ')}`,
				`${String(availableParallelism())} × ${cpu?.model ?? 'unknown'}, ${(totalmem() / 1024 ** 3).toFixed(0)} GB; Headscale ${stand.tailnet.headscale.version}`
			].join('\n')}\n`
		);
	});

	test('the relay holds its windows, adds little, and loses nothing', async () => {
		const { tailnet, crowd, metricsUrl, origin } = stand;
		const far = await FarEnd.start(tailnet.headscale.url);
		const pinned = await cores();
		await stand.serve(far.url);
		const watch = new Watch(metricsUrl);
		await signInAll(watch, crowd);
		if (pinned !== null) await moveTo(pinned.others);
		try {
			// Never in traffic: a collected heap is a small one, which has to be collected more often.
			stand.collectGarbage();
			const base = await watch.now();
			const shape = readShape();
			const startMs = performance.now();
			const relayed = await Windows.open({
				count: WINDOWS,
				shape,
				seed: SEED,
				far,
				urlOf: (track) =>
					`${origin.replace('http', 'ws')}/relay${track === 'control' ? HANDSHAKE_PATH : '/derp/999'}`,
				headersOf: (window) => ({
					origin,
					cookie: browsers[window % browsers.length]?.cookieHeader(origin) ?? ''
				})
			});
			const openedMs = performance.now() - startMs;
			const direct = await Windows.open({
				count: WINDOWS,
				shape,
				seed: SEED,
				far,
				urlOf: (track) =>
					`${far.url.replace('http', 'ws')}${track === 'control' ? HANDSHAKE_PATH : '/derp'}`,
				headersOf: () => ({})
			});
			const held = await watch.now();
			figures.add('windows at the relay', '', WINDOWS, '500');
			figures.add('their connections', '', held.connections, '2000');
			figures.add('connections opened a second', '/s', (relayed.connections * 1_000) / openedMs);
			figures.add('memory of the server, nobody there', 'MB', base.rssMb);
			figures.add(
				'memory a window, open',
				'kB',
				((held.rssMb - base.rssMb) * 1024) / WINDOWS,
				'100 kB'
			);

			await relayed.round(WARM_UP_S);
			await direct.round(WARM_UP_S / 2);
			const firstS = (await watch.now()).atS;
			for (let run = 0; run < RUNS; run += 1) {
				const before = await watch.now();
				const through = await relayed.round(SECONDS);
				const after = await watch.now();
				const floor = await direct.round(SECONDS / 2);
				addRound(through, floor);
				const tookS = after.atS - before.atS;
				figures.add(
					'CPU of the server, of its core',
					'%',
					((after.cpuS - before.cpuS) * 100) / tookS,
					'< 50 %'
				);
			}
			watch.stop();
			const judged = watch.samples.filter(({ atS }) => atS >= firstS);
			figures.add(
				'memory of the server, in traffic',
				'MB',
				judged.map(({ rssMb }) => rssMb),
				'< 512 MB'
			);
			figures.add(
				'heap of the server, in traffic',
				'MB',
				judged.map(({ heapMb }) => heapMb)
			);
			figures.add(
				'event loop delay of the server, p99',
				'ms',
				judged.map(({ loopDelayMs }) => loopDelayMs)
			);
			figures.add(
				'descriptors of the server',
				'',
				judged.map(({ descriptors }) => descriptors)
			);
			const later = judged.slice(Math.floor(judged.length / 2));
			const descriptorGrowth = growth(later, ({ descriptors }) => descriptors);
			const { losses } = relayed;
			figures.add('bytes lost', '', losses.lostBytes, '0');
			figures.add('pieces changed, doubled or out of order', '', losses.damagedPieces, '0');
			figures.add('connections ended', '', losses.ended, '0');
			await relayed.close();
			await direct.close();
			await waitFor(async () => (await watch.now()).connections === 0, {
				what: 'connections at the relay to end',
				timeoutMs: BACK_MS,
				everyMs: 500
			});
			stand.collectGarbage();
			const end = await watch.now();
			const keptMb = end.heapMb - base.heapMb;
			figures.add(
				'heap that the server kept of all runs',
				'MB',
				keptMb,
				`< ${String(KEPT_MAX_MB)} MB`
			);
			notes.push(
				`descriptors of the server: ${String(base.descriptors)} before, ${String(held.descriptors)} under load, ${String(end.descriptors)} after`
			);
			notes.push(
				pinned === null
					? 'nothing was pinned: there is one core, or no taskset'
					: `server on core ${pinned.server}; generator and far end on ${pinned.others}`,
				fullness()
			);
			expect(losses).toEqual({ lostBytes: 0, damagedPieces: 0, ended: 0 });
			expect(direct.losses).toEqual({ lostBytes: 0, damagedPieces: 0, ended: 0 });
			expect(keptMb, 'heap, MB').toBeLessThan(KEPT_MAX_MB);
			expect(descriptorGrowth, 'descriptors').toBeLessThan(GROWTH_MAX_DESCRIPTORS);
			expect(end.descriptors - base.descriptors, 'descriptors left').toBeLessThan(
				GROWTH_MAX_DESCRIPTORS
			);
		} finally {
			watch.stop();
			if (pinned !== null) await moveTo(pinned.all);
			await far.stop();
		}
	});

	test('keys come as fast as Headscale makes them', async () => {
		const { tailnet, origin } = stand;
		const [alice] = await serveReal();
		const user = await tailnet.headscale.user('alice');
		if (alice === undefined || user === undefined) throw new Error('alice is not signed in');
		for (let run = 0; run < RUNS; run += 1) {
			const straight = await headscaleKeysPerS(tailnet.headscale, user.id, KEYS_S);
			const through = await keysPerS(alice, origin, KEYS_S);
			figures.add('keys a second, Headscale asked directly', '/s', straight);
			figures.add('keys a second, POST /api/keys', '/s', through);
			figures.add('keys, of Headscale’s own pace', '%', (through * 100) / straight, '≥ 90 %');
		}
	});

	test('real nodes type on real machines, and none is left', async () => {
		const { tailnet, origin, metricsUrl } = stand;
		const { headscale, login } = tailnet;
		const people = await serveReal();
		const watch = new Watch(metricsUrl);
		const nodesBefore = (await headscale.nodes()).length;
		const serverBefore = await watch.now();
		const rssBefore = process.memoryUsage.rss();
		const windows = await openWindows(
			origin,
			Array.from({ length: NODES }, (_, i) => {
				const browser = people[i % people.length];
				if (browser === undefined) throw new Error('nobody is signed in');
				// bob may use web-1 alone.
				return { browser, login, machine: i % 4 === 2 ? 'db-1' : 'web-1' };
			})
		);
		figures.add('real nodes with a shell', '', windows.length, '20 – 50');
		figures.add(
			'memory a node, of this process',
			'MB',
			(process.memoryUsage.rss() - rssBefore) / 1024 ** 2 / NODES
		);
		figures.add(
			'memory a node, of its module',
			'MB',
			await Promise.all(windows.map(async ({ node }) => (await node.stats()).sysBytes / 1024 ** 2))
		);
		const nodesHeld = (await headscale.nodes()).length;
		const startMs = performance.now() + 500;
		const endMs = startMs + RUNS * SECONDS * 1_000 * 0.75;
		const before = await watch.now();
		const typed = await Promise.all(
			windows.map(({ shell }, i) =>
				type(shell, { startMs: startMs + (i * 200) / NODES + (i % 5) * 997, endMs })
			)
		);
		const after = await watch.now();
		const runMs = (endMs - startMs) / RUNS;
		for (let run = 0; run < RUNS; run += 1) {
			const echoes = typed
				.flatMap(({ echoes }) => echoes)
				.filter(({ intendedMs }) => Math.floor((intendedMs - startMs) / runMs) === run)
				.map(({ tookMs }) => tookMs);
			figures.add('key → echo through everything, p50', 'ms', quantile(echoes, 0.5));
			figures.add('key → echo through everything, p99', 'ms', quantile(echoes, 0.99));
		}
		figures.add(
			'Enter → output of the command, p50',
			'ms',
			quantile(
				typed.flatMap(({ answersMs }) => answersMs),
				0.5
			)
		);
		const sum = (of: (one: (typeof typed)[number]) => number) =>
			typed.reduce((total, one) => total + of(one), 0);
		const failed = sum((one) => one.failed);
		figures.add(
			'keys typed',
			'',
			sum(({ keys }) => keys)
		);
		figures.add(
			'commands',
			'',
			sum(({ commands }) => commands)
		);
		figures.add('commands failed', '', failed, '0');
		figures.add(
			'CPU of the server under them',
			'%',
			((after.cpuS - before.cpuS) * 100) / (after.atS - before.atS)
		);
		figures.add('memory of the server, before → under them', 'MB', [
			serverBefore.rssMb,
			after.rssMb
		]);
		watch.stop();

		for (const window of windows) await window.leave();
		await waitFor(async () => (await headscale.nodes()).length === nodesBefore, {
			what: 'Headscale to know no more nodes than before',
			timeoutMs: BACK_MS,
			everyMs: 250
		});
		notes.push(
			`nodes in Headscale: ${String(nodesBefore)} before, ${String(nodesHeld)} under load, ${String((await headscale.nodes()).length)} after`
		);
		expect(failed, 'commands failed').toBe(0);
	});
});

const HANDSHAKE_PATH = '/ts2021?X-Tailscale-Handshake=AAAA';

async function serveReal(): Promise<readonly Browser[]> {
	if (owners !== null) return owners;
	await stand.serve();
	owners = (await signIn(stand.origin, ['alice', 'bob'])).browsers;
	return owners;
}

async function signInAll(watch: Watch, logins: readonly string[]): Promise<void> {
	const size = Math.ceil(logins.length / RUNS);
	browsers = [];
	for (let run = 0; run < RUNS; run += 1) {
		const batch = logins.slice(run * size, (run + 1) * size);
		if (batch.length === 0) return;
		const before = await watch.now();
		const signed = await signIn(stand.origin, batch);
		const after = await watch.now();
		browsers.push(...signed.browsers);
		const cpuMs = ((after.cpuS - before.cpuS) * 1_000) / batch.length;
		figures.add('sign-ins a second, provider and Headscale included', '/s', signed.perS);
		figures.add('CPU of the server for a sign-in', 'ms', cpuMs, '< 50 ms (20/s a core)');
	}
}

function addRound(through: Round, floor: Round): void {
	for (const [name, q, expected] of [
		['p50', 0.5, '< 2 ms'],
		['p99', 0.99, '< 10 ms']
	] as const) {
		figures.add(`round trip through the relay, ${name}`, 'ms', p(through, q));
		figures.add(`round trip without it, ${name}`, 'ms', p(floor, q));
		figures.add(`added by the relay, ${name}`, 'ms', p(through, q) - p(floor, q), expected);
	}
	figures.add('frames a second, both ways', '/s', (through.frames * 1_000) / through.tookMs);
	figures.add('traffic, both ways', 'kB/s', through.sentBytes / through.tookMs);
	figures.add('generator: sent later than intended, p99', 'ms', quantile(through.latenessMs, 0.99));
}

/** Which side had no more to give. */
function fullness(): string {
	const server = figures.median('CPU of the server, of its core');
	const late = figures.median('generator: sent later than intended, p99');
	if (server > 90) return 'the server’s core was full';
	return late > 5 ? 'the generator was full: it sent late' : 'neither side was full';
}
