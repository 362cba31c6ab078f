// One window's way from sign-in to leaving, and a part that is ended by kill -9 somewhere on it and started
// again. The window does again what failed; what must be true afterwards is held against Headscale and the files.
import { pick } from './chance';
import { outcomeOf, type Tally } from './outcome';
import { PARTS, TARGET, type Part, type Parts } from './parts';
import { lastingNodes, oldKeys } from './remains';
import { afterMs, untilDone } from './steps';
import { ChaosWindow, type Typist } from './window';

export const POINTS = ['login', 'issue', 'join', 'type', 'leave'] as const;
export type Point = (typeof POINTS)[number];

/** A part is ended so long after a step has begun, at most: about what the step takes. */
const SPREAD_MS: Readonly<Record<Point, number>> = {
	login: 300,
	issue: 300,
	join: 1_500,
	type: 800,
	leave: 300
};

export interface Crash {
	readonly part: Part;
	readonly point: Point;
	readonly delayMs: number;
}

export const randomCrash = (random: () => number, part = pick(PARTS, random)): Crash => {
	const point = pick(POINTS, random);
	return { part, point, delayMs: Math.floor(random() * SPREAD_MS[point]) };
};

export interface CrashOptions {
	readonly parts: Parts;
	readonly crash: Crash;
	readonly keyTtlS: number;
	/** What the window did again. */
	readonly again: Tally;
}

/** @throws Error of the first thing that is not as it must be */
export async function crashRound({ parts, crash, keyTtlS, again }: CrashOptions): Promise<void> {
	const { part, point, delayMs } = crash;
	const faults: string[] = [];
	let isBack = false;
	const strike = async (): Promise<void> => {
		await afterMs(delayMs);
		await parts.end(part, 'kill');
		if (part === 'headtab') faults.push(...parts.stateFaults());
		await parts.begin(part);
		isBack = true;
	};
	let striking: Promise<void> | null = null;
	const during = <T>(here: Point, step: () => Promise<T>): Promise<T> => {
		if (here === point) {
			striking = strike();
			// Awaited below; a step that throws first must not leave it unheard.
			striking.catch(() => undefined);
		}
		return untilDone(here, again, step);
	};

	const window = new ChaosWindow(parts.origin);
	try {
		await during('login', () => window.signIn('alice'));
		await during('issue', () => window.askKey());
		let isFirstJoin = true;
		await during('join', async () => {
			if (!isFirstJoin) await window.askKey();
			isFirstJoin = false;
			await window.join();
		});
		await window.tellJoined().catch((cause: unknown) => {
			again.add('joined', outcomeOf(cause));
		});
		const open = async (): Promise<Typist> =>
			window.open(await window.target(TARGET), parts.tailnet.login);
		const shell = await untilDone('open', again, open);
		const end = await during('type', () => shell.lines(() => point !== 'type' || isBack));
		if (end === 'lost') {
			// Only the machine's own end may cost its sessions.
			if (part !== 'target') throw new Error(`the session was lost: ${String(shell.end)}`);
			again.add('type', 'the machine’s tailscaled ended');
			await (await untilDone('open', again, open)).lines(() => true);
		}
		await during('leave', () => window.leave());
		await (striking as Promise<void> | null);
	} finally {
		await window.vanish();
	}
	faults.push(...parts.stateFaults());
	faults.push(...(await lastingNodes(parts.tailnet.headscale)));
	faults.push(...(await oldKeys(parts.tailnet.headscale, keyTtlS)));
	if (faults.length > 0) throw new Error(faults.join('\n'));
}
