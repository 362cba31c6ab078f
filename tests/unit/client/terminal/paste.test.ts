// The paste guard: what is sent, and when a person is asked first (H12).
import { describe, expect, it } from 'vitest';
import { planPaste } from '$lib/client/terminal/paste';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('planPaste', () => {
	it('sends one line as it is', () => {
		const plan = planPaste('ls -la\t/tmp', false);
		expect(text(plan.bytes)).toBe('ls -la\t/tmp');
		expect(plan.question).toBeNull();
	});

	it('H12 ends lines as keys do, and asks when they would run', () => {
		const plan = planPaste('a\r\nb\rc\n', false);
		expect(text(plan.bytes)).toBe('a\rb\rc\r');
		expect(plan.question).toMatchObject({ reasons: ['lines'], lines: 4, sizeBytes: 6 });
	});

	it('marks a bracketed paste and does not ask for its lines', () => {
		const plan = planPaste('a\nb', true);
		expect(text(plan.bytes)).toBe('\u001b[200~a\rb\u001b[201~');
		expect(plan.question).toBeNull();
	});

	it('H12 takes out what would end a bracketed paste, nested marks too', () => {
		const plan = planPaste('a\u001b[2\u001b[201~01~rm -rf\u001b[201~b', true);
		expect(text(plan.bytes)).toBe('\u001b[200~arm -rfb\u001b[201~');
		expect(plan.question?.reasons[0]).toBe('control');
	});

	it('H12 takes out NUL and escapes and says so', () => {
		const plan = planPaste('a\u0000b\u001bc\u0003', false);
		expect(text(plan.bytes)).toBe('abc');
		expect(plan.question?.reasons).toEqual(['control']);
	});

	it('H12 asks for hidden and bidirectional characters, not for an emoji family', () => {
		expect(planPaste('echo \u202egpj', false).question?.reasons).toEqual(['hidden']);
		expect(planPaste('👩‍👩‍👧 ok', false).question).toBeNull();
	});

	it('H12 asks for 5 MB', () => {
		const plan = planPaste('x'.repeat(5_000_000), true);
		expect(plan.question).toMatchObject({ reasons: ['size'], sizeBytes: 5_000_000 });
		expect(plan.bytes.length).toBe(5_000_012);
	});

	it('H13 sends a lone surrogate as U+FFFD', () => {
		expect(text(planPaste('a\ud83db', false).bytes)).toBe('a\ufffdb');
	});
});
