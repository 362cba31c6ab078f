// A long run of everything at once: windows that join and leave (with and without a goodbye), shells with
// small and big output, a network that fails, a Headscale that restarts; and at its end memory that stayed
// flat, no byte lost or doubled, and nothing left in the tailnet. `npm run soak`, ten minutes;
// HEADTAB_SOAK_MINUTES and HEADTAB_SOAK_SEED change it. The built app, its agent, the Go node in Node.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp } from '../../stack/app';
import type { HeadscaleNode } from '../../stack/headscale';
import { freePort } from '../../stack/ports';
import { waitFor, type StackProcess } from '../../stack/process';
import { startProxy, type ProxyFaults, type RecordingProxy } from '../../stack/proxy';
import { policy, startTailnet, type Tailnet } from '../../stack/tailnet';
import type { KeyAnswer } from '../../src/lib/contracts/api';
import { GoThread, type Shell } from '../integration/node/go-thread';
import { Browser } from '../integration/server/browser';
import { growth, seeded, table, type Sample } from './figures';

const MINUTES = Number(process.env['HEADTAB_SOAK_MINUTES'] ?? 10);
const SEED = Number(process.env['HEADTAB_SOAK_SEED'] ?? 20_261_124);
const WINDOWS = 3;
const SAMPLE_MS = 10_000;
const FAULT_MS = 45_000;
/** Memory may grow so much from the end of the warm-up to the end of the run, by its slope. */
const GROWTH_MAX_MB = 30;
/** Headscale's own timer for an ephemeral node that is gone, and the janitor's period. */
const NOTHING_LEFT_MS = 240_000;
const LINES = 30_000;

const FAULTS: readonly (readonly [
	name: string,
	faults: ProxyFaults | 'cut' | 'reset' | 'abandon'
])[] = [
	['connections cut', 'cut'],
	['connections reset', 'reset'],
	['connections half-open', 'abandon'],
	['150 ms each way', { latencyMs: 150 }],
	['100 kB/s', { bytesPerS: 100_000 }],
	['pieces of 100 bytes', { sliceBytes: 100 }]
];

let folder: string;
let tailnet: Tailnet;
let app: StackProcess;
let proxy: RecordingProxy;
let origin: string;
let metricsUrl: string;

const did = { joins: 0, leaves: 0, vanished: 0, shells: 0, lines: 0, bytes: 0, faults: 0, lost: 0 };

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-soak-'));
	const [port, appPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
	origin = `http://127.0.0.1:${String(port)}`;
	metricsUrl = `http://127.0.0.1:${String(metricsPort)}/metrics`;
	tailnet = await startTailnet({
		stateDir: join(folder, 't'),
		appOrigin: origin,
		targets: ['web-1']
	});
	await tailnet.headscale.createUser({ name: 'headtab-agent' });
	await tailnet.headscale.setPolicy(
		policy('demo').replace('"src": ["alice@"]', '"src": ["alice@", "headtab-agent@"]')
	);
	app = await startApp({
		stateDir: join(folder, 'app'),
		port: appPort,
		origin,
		headscale: tailnet.headscale,
		oidc: tailnet.oidc,
		client: tailnet.client,
		env: {
			HEADTAB_AGENT: 'on',
			HEADTAB_METRICS_PORT: String(metricsPort),
			HEADTAB_KEYS_PER_MIN: '1000',
			HEADTAB_JANITOR_PERIOD_S: '20'
		}
	});
	proxy = await startProxy({ port, targetPort: appPort });
	await tailnet.machines;
});
afterAll(async () => {
	await proxy.stop();
	await app.stop();
	await tailnet.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** One window's life: a node, shells, output that is checked, and an end. */
async function live(browser: Browser, random: () => number): Promise<void> {
	const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
	const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
	try {
		await node.join({
			controlUrl: origin,
			preAuthKey: key.preAuthKey,
			hostname: key.hostname,
			reach: { by: 'relay', origin, derp: key.derp }
		});
		did.joins += 1;
		await browser.post(`${origin}/api/joined`, { hostname: key.hostname });
		const { addresses } = await node.peer('web-1', (peer) => peer.isOnline && peer.hasTailscaleSsh);
		const count = 1 + Math.floor(random() * 2);
		for (let i = 0; i < count; i += 1) {
			const shell = node.open({ address: addresses[0] ?? '', login: tailnet.login });
			await shell.opened();
			did.shells += 1;
			await typed(shell, 10 + Math.floor(random() * 20));
			await flooded(shell);
			shell.close();
			await shell.event('ssh/exit');
		}
		if (random() < 0.7) {
			await node.logout();
			await browser.post(`${origin}/api/leave`, { hostname: key.hostname });
			did.leaves += 1;
		} else did.vanished += 1;
	} finally {
		await node.stop();
	}
}

/** Numbered lines, each typed when the one before has come back: a lost one would never come. */
async function typed(shell: Shell, count: number): Promise<void> {
	shell.type('stty -echo\n');
	for (let i = 1; i <= count; i += 1) {
		shell.type(`echo "<$((${String(i)}))>"\n`);
		await shell.output(new RegExp(`<${String(i)}>\\r?\\n`), 120_000);
	}
	const numbers = [...textOf(shell).matchAll(/<(\d+)>\r?\n/g)].map(([, number]) => Number(number));
	expect(numbers, 'typed lines').toEqual(Array.from({ length: count }, (_, i) => i + 1));
	did.lines += count;
}

/** A big output, whole and in order. */
async function flooded(shell: Shell): Promise<void> {
	shell.type(`seq 1 ${String(LINES)}; echo "the"-end\n`);
	await shell.output(/the-end/, 180_000);
	const lines = textOf(shell)
		.split(/\r?\n/)
		.filter((line) => /^\d+$/.test(line));
	expect(lines.length, 'lines of a big output').toBe(LINES);
	expect(lines.every((line, i) => line === String(i + 1))).toBe(true);
}

function textOf(shell: Shell): string {
	const bytes = shell.takeBytes();
	did.bytes += bytes.length;
	return Buffer.from(bytes).toString('latin1');
}

const isWindow = ({ givenName, user }: HeadscaleNode): boolean =>
	givenName.startsWith('headtab-') && user?.name === 'alice';

async function sample(startedMs: number): Promise<Sample> {
	const text = await (await fetch(metricsUrl)).text();
	const metric = (name: string): number =>
		Number(
			text
				.split('\n')
				.find((line) => line.startsWith(`${name} `))
				?.slice(name.length + 1) ?? NaN
		);
	const status = readFileSync(`/proc/${String(app.pid)}/status`, 'utf8');
	return {
		atS: Math.round((performance.now() - startedMs) / 1_000),
		rssMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024,
		heapMb: metric('nodejs_heap_size_used_bytes') / 1024 ** 2,
		agentMb: metric('headtab_agent_memory_bytes') / 1024 ** 2,
		agentHeapMb: metric('headtab_agent_heap_bytes') / 1024 ** 2,
		goroutines: metric('headtab_agent_goroutines'),
		files: readdirSync(`/proc/${String(app.pid)}/fd`).length,
		windows: metric('headtab_windows'),
		nodes: (await tailnet.headscale.nodes().catch(() => [])).filter(isWindow).length
	};
}

test(
	`soak for ${String(MINUTES)} min: memory stays flat, no byte is lost, nothing is left`,
	{ timeout: MINUTES * 60_000 + NOTHING_LEFT_MS + 120_000 },
	async () => {
		const startedMs = performance.now();
		const endMs = startedMs + MINUTES * 60_000;
		const isOver = (): boolean => performance.now() >= endMs;
		const samples: Sample[] = [];
		const failures: unknown[] = [];

		const browser = new Browser(origin);
		await browser.signIn('alice');
		const windows = Array.from({ length: WINDOWS }, async (_, i) => {
			const random = seeded(SEED + i);
			while (!isOver()) {
				await live(browser, random).catch((cause: unknown) => {
					// A join or a sign of life may fail while nothing is carried; a byte may not.
					if (cause instanceof Error && cause.name === 'AssertionError') failures.push(cause);
					else did.lost += 1;
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
		let hasRestarted = false;
		const trouble = every(FAULT_MS, async () => {
			if (!hasRestarted && performance.now() - startedMs > (endMs - startedMs) / 2) {
				hasRestarted = true;
				await tailnet.headscale.stop();
				await tailnet.headscale.start();
				did.faults += 1;
				return;
			}
			const [, faults] = FAULTS[Math.floor(random() * FAULTS.length)] ?? ['', 'cut'];
			did.faults += 1;
			if (typeof faults === 'string') proxy[faults]();
			else {
				proxy.setFaults(faults);
				const untilMs = performance.now() + 8_000;
				await waitFor(() => performance.now() >= untilMs, { what: 'a slow time', everyMs: 250 });
				proxy.setFaults({});
			}
		});
		const watch = every(SAMPLE_MS, async () => {
			samples.push(await sample(startedMs));
		});
		await Promise.all([...windows, trouble, watch]);
		// What half-open connections are left of the windows ends now, as it does when a network changes.
		proxy.cut();

		const judged = samples.filter(({ atS }) => atS >= (MINUTES * 60) / 4);
		const grown = {
			'server, resident': growth(judged, ({ rssMb }) => rssMb),
			'server, heap': growth(judged, ({ heapMb }) => heapMb),
			'agent, memory': growth(judged, ({ agentMb }) => agentMb),
			'agent, heap': growth(judged, ({ agentHeapMb }) => agentHeapMb)
		};
		process.stdout.write(
			`${table(samples)}\nseed ${String(SEED)}; ${JSON.stringify(did)}; load ${loadavg()
				.map((load) => load.toFixed(1))
				.join(' ')}\ngrowth by slope after warm-up, MB: ${Object.entries(grown)
				.map(([name, mb]) => `${name} ${mb.toFixed(1)}`)
				.join('; ')}\n`
		);
		expect(failures).toEqual([]);
		expect(did.joins).toBeGreaterThan(0);
		for (const [name, mb] of Object.entries(grown)) {
			expect(mb, `${name}, growth`).toBeLessThan(GROWTH_MAX_MB);
		}

		await expect
			.poll(async () => (await tailnet.headscale.nodes()).filter(isWindow).length, {
				message: 'nodes of windows',
				timeout: NOTHING_LEFT_MS,
				interval: 2_000
			})
			.toBe(0);
		const usable = (await tailnet.headscale.preAuthKeys()).filter(
			({ user, used, expiration }) =>
				user?.name === 'alice' && !used && Date.parse(expiration) > Date.now()
		);
		expect(usable, 'keys that somebody could still join with').toEqual([]);
		expect(await sample(startedMs)).toMatchObject({ windows: 0, nodes: 0 });
	}
);
