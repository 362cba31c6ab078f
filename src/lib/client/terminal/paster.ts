// Pastes into one session, one at a time: reads the text in pieces between frames, asks, sends in order,
// tells how far it is, and is broken off. Window only; terminal.ts has one.
import { nextTask } from '../next-task';
import type { SshSession } from '../sessions/ssh-session.svelte';
import { PASTE_END, PASTE_START, PasteText, type PasteQuestion, type PasteReason } from './paste';

export interface PasteProgress {
	readonly sentBytes: number;
	readonly sizeBytes: number;
}

export interface PasterOptions {
	readonly session: Pick<SshSession, 'send' | 'drained'>;
	/** The program asks to be told what is pasted. */
	readonly isBracketed: () => boolean;
	/** Asks before a risky paste; without it such a paste is refused. */
	readonly confirm?: ((question: PasteQuestion) => Promise<boolean>) | undefined;
	/** How far a paste is that takes long, ten times a second; null when it is over. */
	readonly onProgress?: ((progress: PasteProgress | null) => void) | undefined;
}

/** Reading goes on for so long before the page has its turn. */
const TURN_MS = 8;
/** A paste that is over sooner shows nothing. */
const SHOWN_AFTER_MS = 300;
const PROGRESS_INTERVAL_MS = 100;
/** After Ctrl+C a program has reacted once it wrote something and then nothing for so long. */
const QUIET_MS = 100;
/** One that writes nothing, or goes on, is not waited for any longer. */
const REACTS_WITHIN_MS = 3_000;

export class Paster {
	readonly #options: PasterOptions;
	#running: AbortController | null = null;
	/** Keys typed while a paste is being sent, or its Ctrl+C is under way; they follow it. */
	#keysAfter: Uint8Array[] = [];
	/** A paste has been broken off, and what was sent of it may still be unread. */
	#isBrokenOff = false;
	#reaction: Reaction | null = null;

	constructor(options: PasterOptions) {
		this.#options = options;
	}

	/** Asks when the text is risky (H12), then sends it. Nothing happens while another paste is under way. */
	async paste(text: string): Promise<void> {
		if (text === '' || this.#running !== null) return;
		this.#isBrokenOff = false;
		const running = new AbortController();
		this.#running = running;
		try {
			const read = await this.#read(text, running.signal);
			if (read !== null && (await this.#isAllowed(read))) await this.#send(read, running.signal);
		} finally {
			this.#running = null;
			this.#sendKeys();
		}
	}

	/** Breaks the paste off: what has been sent stays sent. */
	cancel(): void {
		if (this.#running === null) return;
		this.#isBrokenOff = true;
		this.#running.abort();
	}

	/** Keys while a paste is under way: Ctrl+C breaks it off, others would land in the middle of it. Keys right
	 *  behind that Ctrl+C wait until it is heard: a tty forgets what it has not read yet.
	 *  @returns whether they are kept to follow */
	keep(bytes: Uint8Array): boolean {
		if (this.#running !== null && isInterrupt(bytes)) this.cancel();
		const isKept =
			this.#running !== null ||
			this.#reaction !== null ||
			(this.#isBrokenOff && isInterrupt(bytes));
		if (!isKept) return false;
		this.#keysAfter.push(bytes);
		if (this.#running === null && this.#reaction === null) this.#sendKeys();
		return true;
	}

	/** The machine has written something. */
	heard(): void {
		this.#reaction?.heard();
	}

	dispose(): void {
		this.cancel();
		this.newShell();
	}

	/** Keys that wait were for the shell before it. */
	newShell(): void {
		this.#isBrokenOff = false;
		this.#reaction?.dispose();
		this.#reaction = null;
		this.#keysAfter = [];
	}

	/** In order, up to a Ctrl+C that ends what reads; the others when it has. */
	#sendKeys(): void {
		for (
			let bytes = this.#keysAfter.shift();
			bytes !== undefined;
			bytes = this.#keysAfter.shift()
		) {
			this.#options.session.send(bytes);
			if (!this.#isBrokenOff || !isInterrupt(bytes)) continue;
			this.#isBrokenOff = false;
			this.#reaction = new Reaction(() => {
				this.#reaction = null;
				this.#sendKeys();
			});
			return;
		}
	}

	async #read(text: string, signal: AbortSignal): Promise<PasteText | null> {
		const read = new PasteText(text);
		for (let isDone = false; !isDone;) {
			const until = performance.now() + TURN_MS;
			do isDone = read.read();
			while (!isDone && performance.now() < until);
			if (!isDone) await nextTask();
			if (signal.aborted) return null;
		}
		return read.sizeBytes === 0 ? null : read;
	}

	async #isAllowed(read: PasteText): Promise<boolean> {
		const confirmed = new Set<PasteReason>();
		// A program may start or end while the person reads: what is asked fits the one that is there.
		for (;;) {
			const question = read.question(this.#options.isBracketed());
			if (question?.reasons.some((reason) => !confirmed.has(reason)) !== true) return true;
			if (!((await this.#options.confirm?.(question)) ?? false)) return false;
			for (const reason of question.reasons) confirmed.add(reason);
		}
	}

	async #send(read: PasteText, signal: AbortSignal): Promise<void> {
		const { session, onProgress } = this.#options;
		const isBracketed = this.#options.isBracketed();
		const { pieces, sizeBytes } = read;
		const aborted = new Promise<void>((resolve) => {
			signal.addEventListener('abort', () => {
				resolve();
			});
		});
		let sentBytes = 0;
		const startedAtMs = performance.now();
		const showing = setInterval(() => {
			if (performance.now() - startedAtMs < SHOWN_AFTER_MS) return;
			onProgress?.({ sentBytes, sizeBytes });
		}, PROGRESS_INTERVAL_MS);
		try {
			if (isBracketed && !session.send(PASTE_START.slice())) return;
			for (const piece of pieces) {
				if (!session.send(piece)) return;
				// A program that reads nothing holds the way up: breaking off does not wait for it.
				await Promise.race([session.drained(), aborted]);
				sentBytes += piece.length;
				if (isAborted(signal)) break;
			}
			if (isBracketed) session.send(PASTE_END.slice());
		} finally {
			clearInterval(showing);
			onProgress?.(null);
		}
	}
}

/** Waits for what a program writes at Ctrl+C, and for its end. */
class Reaction {
	readonly #onOver: () => void;
	readonly #latest: ReturnType<typeof setTimeout>;
	#quiet: ReturnType<typeof setTimeout> | null = null;

	constructor(onOver: () => void) {
		this.#onOver = onOver;
		this.#latest = setTimeout(() => {
			this.#end();
		}, REACTS_WITHIN_MS);
	}

	heard(): void {
		if (this.#quiet !== null) clearTimeout(this.#quiet);
		this.#quiet = setTimeout(() => {
			this.#end();
		}, QUIET_MS);
	}

	dispose(): void {
		clearTimeout(this.#latest);
		if (this.#quiet !== null) clearTimeout(this.#quiet);
	}

	#end(): void {
		this.dispose();
		this.#onOver();
	}
}

/** Asked anew after each wait. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

/** Ctrl+C, as the key is sent in either keyboard protocol. */
const isInterrupt = (bytes: Uint8Array): boolean =>
	bytes[0] === 0x03 ? bytes.length === 1 : new TextDecoder().decode(bytes) === '\x1b[99;5u';
