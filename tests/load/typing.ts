// A person at a real shell, open loop: each key has its time, whatever became of the one before. Commands are
// numbered, so that a lost, doubled or misplaced one is seen; each key is counted from its time to its echo.
import type { Shell } from '../integration/node/go-thread';

/** Five keys a second, and a look at what came before the next command. */
const KEY_MS = 200;
const PAUSE_MS = 600;
/** What was typed last has so long to come back. */
const REST_MS = 15_000;

/** Prints `>123`: no command that is typed holds a `>`, so output and echo can be told apart. */
const command = (number: number): string => `printf '\\76%d\\n' ${String(number)}\n`;
const OUTPUT = />(\d+)\r\n/g;
/** The beginning of an output whose rest is under way. */
const HALF_OUTPUT = />\d*\r?$/;

export interface Typed {
	readonly keys: number;
	readonly commands: number;
	/** Commands whose output did not come once and in its turn, and 1 when the echo was not what was typed. */
	readonly failed: number;
	/** When each key should have been sent, and how long from then to its echo. */
	readonly echoes: readonly { readonly intendedMs: number; readonly tookMs: number }[];
	/** The same of Enter, to the whole output of its command. */
	readonly answersMs: readonly number[];
}

/** Readies an open shell: commands are read by the tty's own line editor, and run by the shell. */
export async function readyToType(shell: Shell): Promise<void> {
	shell.type(
		`PS1=; stty -echo; echo; while IFS= read -r line; do eval "$line"; done\nstty echo; echo ready-$((1+1))\n`
	);
	await shell.output(/ready-2\r\n$/);
	shell.takeBytes();
}

/** Types until `endMs`. */
export async function type(
	shell: Shell,
	{ startMs, endMs }: { readonly startMs: number; readonly endMs: number }
): Promise<Typed> {
	let typed = '';
	let sent = 0;
	let rest = '';
	let echo = '';
	const waiting: { readonly endChars: number; readonly intendedMs: number }[] = [];
	const enteredMs: number[] = [];
	const echoes: { intendedMs: number; tookMs: number }[] = [];
	const answersMs: number[] = [];
	const numbers: number[] = [];

	const take = (): void => {
		const nowMs = performance.now();
		rest += Buffer.from(shell.takeBytes()).toString('latin1');
		const half = HALF_OUTPUT.exec(rest)?.index ?? rest.length;
		echo += rest.slice(0, half).replaceAll(OUTPUT, (_, number: string) => {
			const entered = enteredMs[numbers.length];
			if (entered !== undefined) answersMs.push(nowMs - entered);
			numbers.push(Number(number));
			return '';
		});
		rest = rest.slice(half);
		for (let [key] = waiting; key !== undefined && key.endChars <= echo.length; [key] = waiting) {
			echoes.push({ intendedMs: key.intendedMs, tookMs: nowMs - key.intendedMs });
			waiting.shift();
		}
	};
	let isTyping = true;
	const isBack = () => waiting.length === 0 && numbers.length >= enteredMs.length;
	const back = shell
		.until(
			'everything typed',
			() => {
				take();
				return !isTyping && isBack() ? true : undefined;
			},
			endMs - performance.now() + REST_MS
		)
		.catch(() => undefined);

	let dueMs = startMs;
	while (dueMs < endMs) {
		const line = command(enteredMs.length + 1);
		for (const key of line) {
			await at(dueMs);
			typed += key === '\n' ? '\r\n' : key;
			waiting.push({ endChars: typed.length, intendedMs: dueMs });
			if (key === '\n') enteredMs.push(dueMs);
			shell.type(key);
			sent += 1;
			dueMs += KEY_MS;
		}
		dueMs += PAUSE_MS;
	}
	isTyping = false;
	if (!isBack()) await back;
	const wrong = enteredMs.filter((_, i) => numbers[i] !== i + 1).length;
	const more = Math.max(0, numbers.length - enteredMs.length);
	return {
		keys: sent,
		commands: enteredMs.length,
		failed: wrong + more + (echo === typed && rest === '' ? 0 : 1),
		echoes,
		answersMs
	};
}

const at = (dueMs: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
