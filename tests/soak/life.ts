// One window's life in the soak: it signs in, joins, types in one or two shells and leaves, and does again what
// failed while a part was away. What it did is counted; a command that failed without such a reason is a fault.
import { TARGET, type Parts } from '../chaos/parts';
import { outcomeOf, type Tally } from '../chaos/outcome';
import { untilDone } from '../chaos/steps';
import { ChaosWindow, type Typist } from '../chaos/window';

/** Lines of the big output. */
const FLOOD_LINES = 30_000;

export class Did {
	logins = 0;
	joins = 0;
	sessions = 0;
	commands = 0;
	bytes = 0;
	left = 0;
	vanished = 0;
	/** Commands whose session ended because their machine's tailscaled was ended: typed again in a new one. */
	typedAgain = 0;
	/** Commands that failed in any other way: 0 is expected. */
	readonly failed: string[] = [];
}

export interface LifeOptions {
	readonly parts: Parts;
	readonly random: () => number;
	readonly did: Did;
	/** Steps before a command that were told by a code, and done again. */
	readonly again: Tally;
}

export async function live({ parts, random, did, again }: LifeOptions): Promise<void> {
	const window = new ChaosWindow(parts.origin);
	try {
		await untilDone('sign in', again, () => window.signIn('alice'));
		did.logins += 1;
		await untilDone('key and join', again, async () => {
			await window.askKey();
			await window.join();
		});
		did.joins += 1;
		// The window goes on without: the key runs out by itself.
		await window.tellJoined().catch((cause: unknown) => again.add('joined', outcomeOf(cause)));
		const shells = 1 + Math.floor(random() * 2);
		let number = 0;
		for (let i = 0; i < shells; i += 1) {
			const last = number + 10 + Math.floor(random() * 20);
			number = await type({ parts, did, again, window, from: number + 1, to: last });
		}
		if (random() < 0.7) {
			await window.leave().catch((cause: unknown) => again.add('leave', outcomeOf(cause)));
			did.left += 1;
		} else did.vanished += 1;
	} finally {
		await window.vanish();
	}
}

/** Numbered lines, each typed when the one before has come back, and a big output, in one shell; in as many
 *  more as the target's ends make needed. @returns the last number */
async function type(options: {
	readonly parts: Parts;
	readonly did: Did;
	readonly again: Tally;
	readonly window: ChaosWindow;
	readonly from: number;
	readonly to: number;
}): Promise<number> {
	const { parts, did, window, to } = options;
	let next = options.from;
	while (next <= to + 1) {
		const ended = parts.ended.target;
		const isTargetsFault = (): boolean => parts.ended.target !== ended || parts.away.has('target');
		const shell = await untilDone('open', options.again, async () =>
			window.open(await window.target(TARGET), parts.tailnet.login)
		);
		did.sessions += 1;
		for (; next <= to + 1; next += 1) {
			// What comes after the last line is the big output.
			if (next === to + 1) shell.check();
			const end = await (next <= to ? shell.line(next) : shell.flood(FLOOD_LINES));
			if (end === 'lost') {
				if (isTargetsFault()) did.typedAgain += 1;
				else did.failed.push(`command ${String(next)}: ${String(shell.end)}`);
				break;
			}
			did.commands += 1;
		}
		await finish(shell);
		did.bytes += shell.bytes;
	}
	return to;
}

async function finish(shell: Typist): Promise<void> {
	if (shell.end === null) await shell.close();
	shell.check();
}
