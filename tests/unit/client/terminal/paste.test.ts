// The paste guard: what is sent, and when a person is asked first (H12).
import { describe, expect, it } from 'vitest';
import { PasteText, type PasteQuestion } from '$lib/client/terminal/paste';
import { isPasteAsked, withoutQuestions } from '$lib/client/settings/paste-questions';
import { DEFAULT_SETTINGS } from '$lib/storage/settings';

function read(text: string): PasteText {
	const whole = new PasteText(text);
	while (!whole.read());
	return whole;
}
const sent = (of: PasteText) => Buffer.concat(of.pieces).toString('utf8');

describe('PasteText', () => {
	it('sends one line as it is', () => {
		const plan = read('ls -la\t/tmp');
		expect(sent(plan)).toBe('ls -la\t/tmp');
		expect(plan.question(false)).toBeNull();
	});

	it('H12 ends lines as keys do, and asks when they would run', () => {
		const plan = read('a\r\nb\rc\n');
		expect(sent(plan)).toBe('a\rb\rc\r');
		expect(plan.question(false)).toMatchObject({ reasons: ['lines'], lines: 3, sizeBytes: 6 });
		expect(plan.question(true)).toBeNull();
	});

	it('H12 takes out what would end a bracketed paste, nested marks too', () => {
		const plan = read('a\u001b[2\u001b[201~01~rm -rf\u001b[201~b');
		expect(sent(plan)).toBe('arm -rfb');
		expect(plan.question(true)?.reasons[0]).toBe('control');
	});

	it('H12 takes out NUL and escapes and says so', () => {
		const plan = read('a\u0000b\u001bc\u0003');
		expect(sent(plan)).toBe('abc');
		expect(plan.question(false)?.reasons).toEqual(['control']);
	});

	it('H12 asks for hidden and bidirectional characters, not for an emoji family', () => {
		expect(read('echo \u202egpj').question(false)?.reasons).toEqual(['hidden']);
		expect(read('👩‍👩‍👧 ok').question(false)).toBeNull();
	});

	it('H12 asks for 5 MB, and keeps only what is shown of it', () => {
		const plan = read('x'.repeat(5_000_000));
		const question = plan.question(true);
		expect(question).toMatchObject({ reasons: ['size'], sizeBytes: 5_000_000, lines: 1 });
		expect(question?.preview.length).toBeLessThan(100_000);
		expect(sent(plan).length).toBe(5_000_000);
	});

	it('H13 sends a lone surrogate as U+FFFD', () => {
		expect(sent(read('a\ud83db'))).toBe('a\ufffdb');
	});

	it.each([
		['lines ends', 'ab\r\n'],
		['emoji families', '👩‍👩‍👧‍👦 '],
		['emoji without a space', '👩‍👩‍👧‍👦'],
		['surrogates', '😀'],
		['Chinese', '终端里的文字'],
		['marks', '\u001b[2\u001b[201~01~ls '],
		['digits', '2010~']
	])('reads %s in pieces as it reads them at once', (_name, unit) => {
		// Of a length that no piece's is a multiple of.
		const text = unit.repeat(30_011);
		const clean = text
			.replaceAll('\u001b[201~', '')
			.replaceAll('\u001b[201~', '')
			.replaceAll('\r\n', '\r');
		const plan = read(text);
		expect(plan.pieces.length).toBeGreaterThan(1);
		expect(sent(plan)).toBe(clean);
		expect(plan.question(true)?.reasons.includes('control')).toBe(unit.includes('\u001b'));
	});

	it('H12 lets no escape through, wherever a text without a place to cut at is cut', () => {
		for (let shift = 0; shift < 12; shift += 1) {
			const plan = read('0'.repeat(shift) + '\u001b[201~'.repeat(20_000));
			expect(sent(plan)).not.toContain('\u001b');
			expect(plan.question(true)?.reasons).toContain('control');
		}
	});
});

describe('what was waved through for good', () => {
	const question = (...reasons: PasteQuestion['reasons']): PasteQuestion => ({
		preview: '',
		sizeBytes: 1,
		lines: 1,
		reasons
	});

	it('is not asked again, by reason', () => {
		const settings = { ...DEFAULT_SETTINGS, ...withoutQuestions(['lines']) };
		expect(isPasteAsked(question('lines'), DEFAULT_SETTINGS)).toBe(true);
		expect(isPasteAsked(question('lines'), settings)).toBe(false);
		expect(isPasteAsked(question('lines', 'size'), settings)).toBe(true);
	});

	it('H12 is asked again with control bytes or hidden characters', () => {
		const settings = { ...DEFAULT_SETTINGS, ...withoutQuestions(['lines', 'size']) };
		expect(isPasteAsked(question('control', 'lines'), settings)).toBe(true);
		expect(isPasteAsked(question('hidden', 'size'), settings)).toBe(true);
		expect(isPasteAsked(question('lines', 'size'), settings)).toBe(false);
	});
});
