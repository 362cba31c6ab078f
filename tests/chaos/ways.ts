// Faults on every way at once: each way between two parts has one kind, chosen so that in as many rounds as
// there are kinds each way has had each. A window signs in, joins, types and leaves meanwhile; each of its steps
// works or is told by a code, and works once the faults are over.
import type { ProxyFaults, ProxyWay } from '../../stack/proxy';
import { outcomeOf, type Tally } from './outcome';
import { TARGET, WAYS, type Parts, type WayName } from './parts';
import { lastingNodes, oldKeys } from './remains';
import { afterMs, untilDone } from './steps';
import { ChaosWindow } from './window';

export const KINDS = [
	'latency',
	'loss',
	'bandwidth',
	'bytes',
	'reset',
	'half-open',
	'stall',
	'limit'
] as const;
export type Kind = (typeof KINDS)[number];

/** Which kind each way has in a round. */
export const kindsOf = (round: number): Readonly<Record<WayName, Kind>> => {
	const kindOf = (index: number): Kind => KINDS[(round + index) % KINDS.length] ?? 'latency';
	return Object.fromEntries(WAYS.map((way, index) => [way, kindOf(index)])) as Record<
		WayName,
		Kind
	>;
};

/** What strikes once does so within this time, and is over after as long. */
const STRIKE_MS = 3_000;

/** What a kind does to a way all the time; null for one that strikes once. */
function lasting(kind: Kind, random: () => number): ProxyFaults | null {
	switch (kind) {
		case 'latency':
			return { latencyMs: 10 + random() * 70, jitterMs: 40 };
		case 'loss':
			return { lossShare: 0.02 + random() * 0.03 };
		case 'bandwidth':
			return { bytesPerS: 60_000 + Math.floor(random() * 60_000) };
		case 'bytes':
			return { sliceBytes: 1 };
		default:
			return null;
	}
}

/** Something that happens once, some time after the start. */
async function strike(way: ProxyWay, kind: Kind, random: () => number): Promise<void> {
	await afterMs(random() * STRIKE_MS);
	switch (kind) {
		case 'reset':
			way.reset();
			return;
		case 'limit':
			way.setFaults({ limitBytes: 2_000 + Math.floor(random() * 30_000) });
			await afterMs(STRIKE_MS);
			way.setFaults({});
			return;
		case 'stall':
			way.stall();
			await afterMs(STRIKE_MS);
			way.resume();
			return;
		case 'half-open':
			way.abandon();
			await afterMs(STRIKE_MS);
			// Its middlebox is asked again, and knows nothing of them.
			way.cut();
			return;
		default:
			return;
	}
}

export interface WaysOptions {
	readonly parts: Parts;
	/** Decides which kind each way has. */
	readonly round: number;
	readonly random: () => number;
	readonly keyTtlS: number;
	readonly again: Tally;
}

/** @throws Error of the first thing that is not as it must be */
export async function waysRound(options: WaysOptions): Promise<void> {
	const { parts, random, keyTtlS, again } = options;
	const kinds = kindsOf(options.round);
	const strikes: Promise<void>[] = [];
	for (const name of WAYS) {
		const faults = lasting(kinds[name], random);
		if (faults === null) strikes.push(strike(parts.ways[name], kinds[name], random));
		else parts.ways[name].setFaults(faults);
	}
	const struck = Promise.all(strikes);
	struck.catch(() => undefined);
	let isStruck = false;
	void struck.then(() => (isStruck = true));

	const window = new ChaosWindow(parts.origin);
	try {
		await untilDone('login', again, () => window.signIn('alice'));
		await untilDone('join', again, async () => {
			await window.askKey();
			await window.join();
		});
		await window.tellJoined().catch((cause: unknown) => {
			again.add('joined', outcomeOf(cause));
		});
		const shell = await untilDone('open', again, async () =>
			window.open(await window.target(TARGET), parts.tailnet.login)
		);
		// No way's fault may cost a session, as its ends both live.
		if ((await shell.lines(() => isStruck)) === 'lost')
			throw new Error(`the session was lost: ${String(shell.end)}`);
		await untilDone('leave', again, () => window.leave());
	} finally {
		await struck;
		for (const way of Object.values(parts.ways)) way.setFaults({});
		await window.vanish();
	}
	const faults = [
		...parts.stateFaults(),
		...(await lastingNodes(parts.tailnet.headscale)),
		...(await oldKeys(parts.tailnet.headscale, keyTtlS))
	];
	if (faults.length > 0) throw new Error(faults.join('\n'));
}
