// Starts a real program, keeps its output, waits for lines or addresses, and ends it for certain.
// Node; used by every part of the stack. Nothing started here outlives the program that started it.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** Lines of output kept for messages about failures. */
const KEPT_LINES = 200;
/** A part that has not ended this long after SIGTERM gets SIGKILL. */
const STOP_TIMEOUT_MS = 5_000;

export interface ProcessOptions {
	/** Name for messages and the log file. */
	readonly name: string;
	readonly command: string;
	readonly args: readonly string[];
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	/** Where its output is appended to. */
	readonly logFile?: string;
}

export interface ProcessExit {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
}

/** util-linux' setpriv: the kernel ends the child even when this program is killed outright. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

const running = new Set<ChildProcess>();
process.on('exit', () => {
	for (const child of running) child.kill('SIGKILL');
});

/** One running program. */
export class StackProcess {
	readonly name: string;
	readonly pid: number;
	/** Resolves when it has ended, whatever the reason; never rejects. */
	readonly exited: Promise<ProcessExit>;
	readonly #child: ChildProcess;
	readonly #lines: string[] = [];
	readonly #watchers = new Set<(line: string) => void>();
	#exit: ProcessExit | null = null;
	#isStopping = false;

	constructor(options: ProcessOptions) {
		this.name = options.name;
		const [command, args] =
			SETPRIV === undefined
				? [options.command, options.args]
				: [SETPRIV, ['--pdeathsig', 'KILL', options.command, ...options.args]];
		let log: WriteStream | null = null;
		if (options.logFile !== undefined) {
			mkdirSync(dirname(options.logFile), { recursive: true });
			log = createWriteStream(options.logFile, { flags: 'a' });
		}
		const child = spawn(command, args, {
			cwd: options.cwd,
			env: { ...process.env, ...options.env },
			stdio: ['ignore', 'pipe', 'pipe'],
			// A group of its own: Ctrl+C in the terminal reaches the demo, which ends its parts in order.
			detached: true
		});
		this.#child = child;
		running.add(child);
		for (const stream of [child.stdout, child.stderr]) {
			createInterface({ input: stream }).on('line', (line) => {
				log?.write(`${line}\n`);
				this.#lines.push(line);
				if (this.#lines.length > KEPT_LINES) this.#lines.shift();
				for (const watch of this.#watchers) watch(line);
			});
		}
		this.exited = new Promise((resolve) => {
			const end = (exit: ProcessExit) => {
				if (this.#exit !== null) return;
				this.#exit = exit;
				running.delete(child);
				resolve(exit);
			};
			child.on('error', (cause) => {
				this.#lines.push(String(cause));
				end({ code: null, signal: null });
			});
			child.on('exit', (code, signal) => end({ code, signal }));
			// Its last lines may come after its exit.
			child.on('close', () => log?.end());
		});
		this.pid = child.pid ?? 0;
	}

	get hasExited(): boolean {
		return this.#exit !== null;
	}

	/** Whether `stop` was called: an exit without it is a crash. */
	get isStopping(): boolean {
		return this.#isStopping;
	}

	/** The last lines of its output, for messages. */
	tail(count = 20): string {
		return this.#lines.slice(-count).join('\n');
	}

	/** Waits for a line that matches; looks at the kept lines first.
	 *  @throws Error with the last output when it exits before, or after `timeoutMs`. */
	async waitForLine(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
		const seen = this.#lines.find((line) => pattern.test(line));
		if (seen !== undefined) return seen;
		return new Promise((resolve, reject) => {
			const finish = () => {
				clearTimeout(timer);
				this.#watchers.delete(watch);
			};
			const watch = (line: string) => {
				if (!pattern.test(line)) return;
				finish();
				resolve(line);
			};
			const timer = setTimeout(() => {
				finish();
				reject(this.#failure(`no line ${String(pattern)} within ${String(timeoutMs)} ms`));
			}, timeoutMs);
			this.#watchers.add(watch);
			void this.exited.then(() => {
				finish();
				reject(this.#failure('it ended'));
			});
		});
	}

	/** Waits until `url` answers with a status below 500. @throws Error as waitForLine does. */
	async waitForUrl(url: string, timeoutMs = 30_000): Promise<void> {
		await waitFor(
			async () => {
				if (this.hasExited) throw this.#failure('it ended');
				return isAnswering(url);
			},
			{ what: `${this.name} at ${url}`, timeoutMs, detail: () => this.tail() }
		);
	}

	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	/** Ends it: SIGTERM, then SIGKILL to its whole group. Idempotent. */
	async stop(): Promise<void> {
		this.#isStopping = true;
		if (this.#exit !== null) return;
		this.#child.kill('SIGTERM');
		const timer = setTimeout(() => this.#killGroup(), STOP_TIMEOUT_MS);
		await this.exited;
		clearTimeout(timer);
		this.#killGroup();
	}

	/** Ends it with SIGKILL, as a crash or the kernel's out-of-memory killer does. Idempotent. */
	async kill(): Promise<void> {
		this.#isStopping = true;
		if (this.#exit === null) this.#child.kill('SIGKILL');
		await this.exited;
		this.#killGroup();
	}

	/** What is left of the group, e.g. a shell that a target still ran. */
	#killGroup(): void {
		if (this.pid === 0) return;
		try {
			process.kill(-this.pid, 'SIGKILL');
		} catch (cause) {
			if (!isErrnoException(cause) || cause.code !== 'ESRCH') throw cause;
		}
	}

	#failure(reason: string): Error {
		return new Error(`${this.name}: ${reason}. Its last output:\n${this.tail()}`);
	}
}

const isErrnoException = (value: unknown): value is NodeJS.ErrnoException =>
	value instanceof Error && 'code' in value;

async function isAnswering(url: string): Promise<boolean> {
	try {
		const response = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: 'manual' });
		await response.body?.cancel();
		return response.status < 500;
	} catch {
		// Not listening yet: the caller asks again until its deadline.
		return false;
	}
}

export interface WaitOptions {
	/** What is waited for, in the message. */
	readonly what: string;
	readonly timeoutMs?: number;
	readonly everyMs?: number;
	/** More for the message, read when time is up. */
	readonly detail?: () => string;
}

/** Polls a fact of another process until it holds. The one place of the stack that waits by time.
 *  @throws Error when it does not hold in time, or what `isTrue` throws. */
export async function waitFor(
	isTrue: () => boolean | Promise<boolean>,
	{ what, timeoutMs = 30_000, everyMs = 50, detail }: WaitOptions
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!(await isTrue())) {
		if (Date.now() > deadline) {
			throw new Error(
				`${what}: not within ${String(timeoutMs)} ms${detail === undefined ? '' : `\n${detail()}`}`
			);
		}
		await pause(everyMs);
	}
}

/** Runs a program to its end. @returns its standard output. @throws Error with its output when it fails. */
export async function run(
	command: string,
	args: readonly string[],
	options: {
		readonly env?: Readonly<Record<string, string | undefined>>;
		readonly cwd?: string;
		readonly timeoutMs?: number;
		/** What it reads from its standard input: nothing unless given. */
		readonly input?: string;
	} = {}
): Promise<string> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd: options.cwd,
			env: { ...process.env, ...options.env },
			stdio: ['pipe', 'pipe', 'pipe'],
			timeout: options.timeoutMs ?? 60_000,
			killSignal: 'SIGKILL'
		});
		running.add(child);
		// A program that ends before it has read all is told by its status.
		child.stdin.on('error', () => undefined);
		child.stdin.end(options.input ?? '');
		let out = '';
		let err = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
		child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
		child.on('error', (cause) => {
			running.delete(child);
			reject(cause);
		});
		child.on('close', (code, signal) => {
			running.delete(child);
			if (code === 0) resolve(out);
			else {
				reject(
					new Error(
						`${command} ${args.join(' ')} ended with ${String(code ?? signal)}:\n${out}${err}`.trim()
					)
				);
			}
		});
	});
}
