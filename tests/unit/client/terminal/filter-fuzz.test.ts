// The filter against made-up hostile output: a short run of `npm run fuzz`, and each input that ever broke it.
import { describe, expect, it } from 'vitest';
import { ByteFilter } from '$lib/client/terminal/byte-filter';
import { checkInput, fuzzFilter } from '../../../fuzz/filter-checks';
import found from '../../../fuzz/found.json';
import { cut, Dice } from '../../../fuzz/hostile';

describe('whatever a machine sends', () => {
	it('is filtered alike in any pieces, within bounds, and asks for no answer of its choice', async () => {
		const figures = await fuzzFilter(10_000, 20_261);
		expect(figures.inputs).toBe(10_000);
		// The core was asked, or nothing would be proven.
		expect(figures.answers).toBeGreaterThan(2_000);
	}, 60_000);

	it.each(found)('still holds for what once broke it: $rule', ({ input }) => {
		const bytes = Buffer.from(input, 'base64');
		for (let seed = 0; seed < 50; seed += 1) checkInput(bytes, cut(bytes, new Dice(seed)));
		checkInput(
			bytes,
			Array.from(bytes, (byte) => Uint8Array.of(byte))
		);
	});

	it.each(['\u001b]0;', '\u001b]52;c;', '\u001bP', '\u001b_', '\u001b[', '\u001b(', '\u001b'])(
		'never makes the filter keep more than its limits, after %j',
		(introducer) => {
			let outputBytes = 0;
			const filter = new ByteFilter(
				{
					output: (bytes) => (outputBytes += bytes.length),
					mode: () => undefined,
					event: () => undefined
				},
				{ ownOrigin: 'https://tab.example' }
			);
			const chunk = Buffer.alloc(64 * 1024, '1');
			filter.push(Buffer.from(introducer));
			filter.push(chunk);
			const before = process.memoryUsage().arrayBuffers;
			for (let count = 0; count < 128; count += 1) filter.push(chunk);
			expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
			// It is text again after a megabyte at the latest; only a control sequence waits for its end.
			if (introducer !== '\u001b[' && introducer !== '\u001b(')
				expect(outputBytes).toBeGreaterThan(6_000_000);
		}
	);
});
