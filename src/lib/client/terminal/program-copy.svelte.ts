// A program on the machine that writes to the clipboard (OSC 52): whether it may, and what the person is told
// of it. Window only; TerminalPane has one for each terminal, ProgramNotes shows its note.
import type { CopyMachine, ProgramCopyStore } from '$lib/storage/program-copy';
import type { SettingsRecord } from '$lib/storage/settings';
import { systemClock, type Clock, type Timer } from '../clock';
import { RateLimit } from './replies';
import { cleanText } from './text';

/** Writes in a second that are looked at: more is a flood, and the last one is what counts. */
const WRITES_PER_S = 5;
const FLOOD_MS = 1_000;
/** A note that asks nothing goes by itself. */
const NOTE_MS = 8_000;
const PREVIEW_MAX_CHARS = 60;

export type CopyRefusal =
	/** Settings say that no program may. */
	| 'setting'
	/** The person's answer for this machine. */
	| 'machine'
	/** Longer than what is taken. */
	| 'size'
	/** It asked for what is on the clipboard; that is never told. */
	| 'read';

/** What the pane says of it. `text` is what is to be copied, `preview` its beginning as a harmless line. */
export type CopyNote =
	| { readonly at: 'ask'; readonly text: string; readonly preview: string }
	/** The browser wants a press first, e.g. because the person looked elsewhere. */
	| { readonly at: 'press'; readonly text: string; readonly preview: string }
	| { readonly at: 'copied'; readonly chars: number }
	| { readonly at: 'refused'; readonly why: CopyRefusal };

export interface ProgramCopyOptions {
	readonly settings: { readonly values: Pick<SettingsRecord, 'programCopy'> };
	readonly store: Pick<ProgramCopyStore, 'find' | 'remember' | 'forget'>;
	/** null when the tailnet does not list the machine any more: then each write is asked about. */
	readonly machine: () => CopyMachine | null;
	/** @returns false when the browser refuses */
	readonly write: (text: string) => Promise<boolean>;
	readonly clock?: Clock;
}

export class ProgramCopy {
	readonly #options: ProgramCopyOptions;
	readonly #clock: Clock;
	readonly #rate: RateLimit;
	#note: CopyNote | null = $state.raw(null);
	#timer: Timer | null = null;
	/** The latest of a flood is looked at when it runs out. */
	#floodTimer: Timer | null = null;
	#latest = '';
	/** Counts what was asked for, so that an old write does not overtake a newer one. */
	#turn = 0;

	constructor(options: ProgramCopyOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		this.#rate = new RateLimit(WRITES_PER_S, () => this.#clock.now());
	}

	/** What is to be said now; null when there is nothing. */
	get note(): CopyNote | null {
		return this.#note;
	}

	/** A program wants to copy `text`. */
	async wanted(text: string): Promise<void> {
		if (text === '') return;
		if (this.#floodTimer !== null || !this.#rate.take()) {
			this.#latest = text;
			this.#floodTimer ??= this.#clock.setTimeout(() => {
				this.#floodTimer = null;
				void this.wanted(this.#latest);
			}, FLOOD_MS);
			return;
		}
		const turn = (this.#turn += 1);
		const { settings, store } = this.#options;
		const { programCopy } = settings.values;
		if (programCopy === 'never') {
			this.refused('setting');
			return;
		}
		const machine = this.#options.machine();
		const answer =
			programCopy === 'always' ? true : machine === null ? null : await store.find(machine.nodeId);
		if (turn !== this.#turn) return;
		if (answer === null) this.#say({ at: 'ask', text, preview: previewOf(text) });
		else if (answer) await this.#copy(text, turn);
		else this.refused('machine');
	}

	/** A program was refused without being asked about. */
	refused(why: CopyRefusal): void {
		// A question is not taken away by the next program's misbehaviour.
		if (this.#note?.at === 'ask' || this.#note?.at === 'press') return;
		this.#say({ at: 'refused', why });
	}

	/** The person's answer to `ask`, or their press for `press`. */
	async answer(answer: 'once' | 'always' | 'never'): Promise<void> {
		const note = this.#note;
		if (note === null || !('text' in note)) return;
		const turn = (this.#turn += 1);
		this.dismiss();
		const machine = this.#options.machine();
		// First the write: the browser takes the press for it only at once.
		const written = answer === 'never' ? null : this.#copy(note.text, turn);
		if (answer !== 'once' && machine !== null)
			await this.#options.store.remember(machine, answer === 'always');
		await written;
	}

	/** Takes the person's answer for this machine back. */
	async askAgain(): Promise<void> {
		this.dismiss();
		const machine = this.#options.machine();
		if (machine !== null) await this.#options.store.forget(machine.nodeId);
	}

	dismiss(): void {
		if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
		this.#timer = null;
		this.#note = null;
	}

	dispose(): void {
		this.#turn += 1;
		if (this.#floodTimer !== null) this.#clock.clearTimeout(this.#floodTimer);
		this.#floodTimer = null;
		this.dismiss();
	}

	async #copy(text: string, turn: number): Promise<void> {
		const isWritten = await this.#options.write(text);
		if (turn !== this.#turn) return;
		if (isWritten) this.#say({ at: 'copied', chars: Array.from(text).length });
		else this.#say({ at: 'press', text, preview: previewOf(text) });
	}

	#say(note: CopyNote): void {
		this.dismiss();
		this.#note = note;
		if (note.at === 'ask' || note.at === 'press') return;
		this.#timer = this.#clock.setTimeout(() => {
			this.dismiss();
		}, NOTE_MS);
	}
}

/** Writes to the system's clipboard. @returns false when the browser refuses */
export async function writeClipboard(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch (cause) {
		if (cause instanceof DOMException) return false;
		throw cause;
	}
}

/** The beginning as one line; what is hidden or cut leaves a mark. */
function previewOf(text: string): string {
	const line = cleanText(
		text.slice(0, PREVIEW_MAX_CHARS * 4).replaceAll(/\s+/g, ' '),
		PREVIEW_MAX_CHARS
	);
	return Array.from(text.trim()).length > Array.from(line).length ? `${line}…` : line;
}
