// Prints an examination for a person: each check as it ends, in colour and with progress on a terminal,
// plain in a file; then what to fix.
// Node; used by doctor.ts.
import { styleText } from 'node:util';
import type { DoctorCheck, DoctorStatus } from '$lib/contracts/doctor';

const WORDS: Readonly<Record<DoctorStatus, string>> = {
	ok: '✓ ok',
	warning: '! warning',
	failed: '✗ failed',
	'not-reached': '· not reached',
	off: '– off'
};
const COLOURS = {
	ok: 'green',
	warning: 'yellow',
	failed: 'red',
	'not-reached': 'gray',
	off: 'gray'
} as const satisfies Record<DoctorStatus, string>;
const WORD_WIDTH = 13;
const TITLE_WIDTH = 27;
/** Clears the line that the cursor is on. */
const CLEAR = '\r\u001b[2K';

interface Output {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

export class Printer {
	readonly #out: Output;
	readonly #isTerminal: boolean;
	readonly #hasColour: boolean;
	readonly #running = new Map<string, string>();
	/** Told in one line at the end: each of them only says what failed before it. */
	readonly #notReached: string[] = [];

	/** @param env NO_COLOR and FORCE_COLOR count (no-color.org) */
	constructor(out: Output, env: Readonly<Record<string, string | undefined>> = process.env) {
		this.#out = out;
		this.#isTerminal = out.isTTY === true;
		const isForced = (env['FORCE_COLOR'] ?? '') !== '' && env['FORCE_COLOR'] !== '0';
		this.#hasColour = isForced || (this.#isTerminal && (env['NO_COLOR'] ?? '') === '');
		this.#out.write(`${this.#style('bold', 'Headtab doctor')}\n\n`);
	}

	begin({ id, title }: { readonly id: string; readonly title: string }): void {
		this.#running.set(id, title);
		this.#progress();
	}

	end(check: DoctorCheck): void {
		this.#running.delete(check.id);
		if (this.#isTerminal) this.#out.write(CLEAR);
		const { status, title, found, fix, ms } = check;
		if (status === 'not-reached' && fix === null) {
			this.#notReached.push(title);
			this.#progress();
			return;
		}
		const word = this.#style(COLOURS[status], WORDS[status].padEnd(WORD_WIDTH));
		const time = ms >= 1000 ? this.#style('gray', ` (${(ms / 1000).toFixed(1)} s)`) : '';
		this.#out.write(`${word} ${title.padEnd(TITLE_WIDTH)} ${found}${time}\n`);
		if (fix !== null)
			this.#out.write(`${' '.repeat(WORD_WIDTH + 1)}${this.#style('bold', '→')} ${fix}\n`);
		this.#progress();
	}

	finish(checks: readonly DoctorCheck[]): void {
		const figure = (status: DoctorStatus, noun: string): string | null => {
			const n = checks.filter((check) => check.status === status).length;
			if (n === 0) return null;
			const text = `${String(n)} ${noun}`;
			return this.#style(COLOURS[status], text);
		};
		const figures = [
			figure('ok', 'ok'),
			figure('warning', 'to look at'),
			figure('failed', 'failed'),
			figure('not-reached', 'not reached'),
			figure('off', 'off')
		].filter((text) => text !== null);
		if (this.#notReached.length > 0)
			this.#out.write(
				`${this.#style('gray', `${WORDS['not-reached']}: ${this.#notReached.join(', ')}`)}\n`
			);
		this.#out.write(`\n${figures.join(', ')}\n`);
	}

	#progress(): void {
		if (!this.#isTerminal || this.#running.size === 0) return;
		const [first = '', ...more] = this.#running.values();
		const line = `… ${first}${more.length === 0 ? '' : `, and ${String(more.length)} more`}`;
		const width = Math.max(20, (this.#out.columns ?? 80) - 1);
		this.#out.write(CLEAR + this.#style('gray', line.slice(0, width)));
	}

	#style(format: 'bold' | 'gray' | 'green' | 'yellow' | 'red', text: string): string {
		return this.#hasColour ? styleText(format, text) : text;
	}
}
