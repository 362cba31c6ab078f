// What is new on a terminal's screen, as lines to speak: not what the person has just typed, not the whole screen
// anew, and never more than can be listened to. Window only, pure; mirror.ts asks it at each look.

export interface SeenScreen {
	/** Without the space at their ends. */
	readonly rows: readonly string[];
	readonly cursorRow: number;
	/** A full-screen program has it. */
	readonly isAlternate: boolean;
}

export const SPOKEN_LINES_MAX = 12;
export const SPOKEN_LINE_MAX_CHARS = 240;
const TYPED_MAX_CHARS = 400;
export const SKIPPED_WORDS = 'Some lines were passed over.';

export class NewOutput {
	#before: SeenScreen | null = null;
	/** Whose echo is not spoken: the person's keys are spoken by their screen reader. */
	#typed = '';

	/** Keys on their way to the shell. */
	typed(text: string): void {
		const printable = text.startsWith('\x1b') ? '' : text.replaceAll(/\p{Cc}/gu, '');
		this.#typed = (this.#typed + printable).slice(-TYPED_MAX_CHARS);
	}

	/** @returns what has come since the last look, at most SPOKEN_LINES_MAX lines and a word on the rest */
	look(now: SeenScreen): readonly string[] {
		const before = this.#before;
		this.#before = now;
		if (before?.isAlternate !== now.isAlternate)
			return bounded(now.isAlternate ? now.rows : now.rows.slice(0, now.cursorRow + 1), false);
		if (now.isAlternate) return this.#ofProgram(before, now);
		return this.#ofShell(before, now);
	}

	/** A full-screen program draws where it likes: the line that the cursor is on is what the person works at. */
	#ofProgram(before: SeenScreen, now: SeenScreen): readonly string[] {
		const line = now.rows[now.cursorRow] ?? '';
		const former = before.rows[now.cursorRow] ?? '';
		if (before.cursorRow !== now.cursorRow) return bounded([line], false);
		return bounded([this.#withoutEcho(added(former, line))], false);
	}

	#ofShell(before: SeenScreen, now: SeenScreen): readonly string[] {
		const scrolled = scrolledBy(before, now);
		const isLost = scrolled > before.cursorRow;
		const from = before.cursorRow - scrolled;
		const lines: string[] = [];
		for (let row = Math.max(0, from); row < now.rows.length; row += 1) {
			const line = now.rows[row] ?? '';
			const former = before.rows[row + scrolled] ?? '';
			if (row === from) lines.push(this.#withoutEcho(added(former, line)));
			else if (isLost || line !== former) lines.push(line);
		}
		return bounded(lines, isLost);
	}

	#withoutEcho(text: string): string {
		const echoed = text.trim();
		if (echoed === '' || this.#typed === '') return text;
		const typed = this.#typed.trim();
		if (typed.startsWith(echoed)) {
			this.#typed = typed.slice(echoed.length);
			return '';
		}
		this.#typed = '';
		return echoed.startsWith(typed) ? echoed.slice(typed.length).trimStart() : text;
	}
}

/** How far what stood above the cursor has moved up; more than the cursor's row when nothing of it is left. */
function scrolledBy(before: SeenScreen, now: SeenScreen): number {
	for (let by = 0; by <= before.cursorRow; by += 1) {
		let isSame = true;
		for (let row = by; row < before.cursorRow && isSame; row += 1)
			isSame = before.rows[row] === now.rows[row - by];
		if (!isSame) continue;
		// With nothing above to go by, the cursor's own line has only grown, or the cursor has stayed on it.
		const own = now.rows[before.cursorRow - by] ?? '';
		const isOwn = own.startsWith(before.rows[before.cursorRow] ?? '');
		const hasStayed = by === 0 && now.cursorRow === before.cursorRow;
		if (by < before.cursorRow || isOwn || hasStayed) return by;
	}
	return before.cursorRow + 1;
}

/** What a line has that it had not: all after what both begin with; nothing when it only lost some. */
function added(before: string, now: string): string {
	if (now === before || before.startsWith(now)) return '';
	let at = 0;
	while (at < before.length && before[at] === now[at]) at += 1;
	// A word is not torn.
	if (at < before.length) at = now.lastIndexOf(' ', at) + 1;
	return now.slice(at);
}

function bounded(lines: readonly string[], isLost: boolean): readonly string[] {
	const said = lines
		.map((line) => line.trim())
		.filter((line) => line !== '')
		.map((line) => Array.from(line).slice(0, SPOKEN_LINE_MAX_CHARS).join(''));
	const last = said.slice(-SPOKEN_LINES_MAX);
	return isLost || said.length > last.length ? [SKIPPED_WORDS, ...last] : last;
}
