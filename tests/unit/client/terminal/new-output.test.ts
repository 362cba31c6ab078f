// What is spoken of a screen that changes: what is new, once, without the person's own keys, within bounds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	NewOutput,
	SKIPPED_WORDS,
	SPOKEN_LINE_MAX_CHARS,
	SPOKEN_LINES_MAX,
	type SeenScreen
} from '$lib/client/terminal/new-output';

const ROWS = 6;
/** A screen whose cursor is behind its last line. */
function screen(...lines: readonly string[]): SeenScreen {
	return {
		rows: Array.from({ length: ROWS }, (_, row) => lines[row] ?? ''),
		cursorRow: Math.max(0, lines.length - 1),
		isAlternate: false
	};
}
const program = (cursorRow: number, ...lines: readonly string[]): SeenScreen => ({
	...screen(...lines),
	cursorRow,
	isAlternate: true
});
/** What is spoken at each of the looks. */
function spoken(...looks: readonly (SeenScreen | string)[]): readonly (readonly string[])[] {
	const output = new NewOutput();
	return looks.flatMap((look) => {
		if (typeof look !== 'string') return [output.look(look)];
		output.typed(look);
		return [];
	});
}

describe('new output', () => {
	it('is what stands there at first, then what a command says and the next prompt', () => {
		expect(
			spoken(
				screen('welcome', '$'),
				'ls\r',
				screen('welcome', '$ ls', 'a.txt  b.txt', '$'),
				screen('welcome', '$ ls', 'a.txt  b.txt', '$')
			)
		).toEqual([['welcome', '$'], ['a.txt  b.txt', '$'], []]);
	});

	it('is not what the person types, however late and in what pieces it is echoed', () => {
		expect(
			spoken(
				screen('$'),
				'e',
				'c',
				screen('$ e'),
				'ho',
				screen('$ ec'),
				screen('$ echo'),
				screen('$ ech')
			)
		).toEqual([['$'], [], [], [], []]);
	});

	it('is what a completion or another line of the history adds', () => {
		expect(
			spoken(
				screen('$'),
				'cat no',
				screen('$ cat no'),
				'\t',
				screen('$ cat notes.txt'),
				'\u001b[A',
				screen('$ cat other')
			)
		).toEqual([['$'], [], ['tes.txt'], ['other']]);
	});

	it('goes on where it was when the screen scrolls', () => {
		expect(
			spoken(screen('1', '2', '3', '4', '5', '$'), screen('4', '5', '$ x', '6', '7', '$'))
		).toEqual([
			['1', '2', '3', '4', '5', '$'],
			['x', '6', '7', '$']
		]);
	});

	it('says that lines were passed over when nothing of before is left', () => {
		expect(spoken(screen('1', '2', '3'), screen('14', '15', '16', '17', '18', '$')).at(-1)).toEqual(
			[SKIPPED_WORDS, '14', '15', '16', '17', '18', '$']
		);
	});

	it('is the cursor’s line in a full-screen program, and its screen when it comes', () => {
		expect(
			spoken(
				screen('$'),
				program(0, 'one', 'two', '', 'file.txt'),
				program(1, 'one', 'two', '', 'file.txt'),
				// A clock elsewhere on the screen.
				program(1, 'one', 'two', '', '12:01'),
				'x',
				program(1, 'one', 'twox', '', '12:01'),
				screen('$')
			)
		).toEqual([['$'], ['one', 'two', 'file.txt'], ['two'], [], [], ['$']]);
	});

	it('stays within bounds, whatever the screens are', () => {
		const rows = fc.array(fc.oneof(fc.string({ maxLength: 12 }), fc.constant('y'.repeat(4_000))), {
			minLength: 40,
			maxLength: 40
		});
		const any = fc.record<SeenScreen>({
			rows,
			cursorRow: fc.nat(39),
			isAlternate: fc.boolean()
		});
		fc.assert(
			fc.property(fc.array(fc.oneof(any, fc.string()), { maxLength: 8 }), (looks) => {
				for (const lines of spoken(...looks)) {
					expect(lines.length).toBeLessThanOrEqual(SPOKEN_LINES_MAX + 1);
					for (const line of lines)
						expect(Array.from(line).length).toBeLessThanOrEqual(SPOKEN_LINE_MAX_CHARS);
				}
			}),
			{ numRuns: 300 }
		);
	});
});
