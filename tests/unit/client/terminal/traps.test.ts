import { describe, expect, it } from 'vitest';
import { Traps } from '$lib/client/terminal/traps';

describe('Traps', () => {
	it('let less be drawn again each time, and give up in the end', () => {
		const traps = new Traps(1_000_000);
		expect([0, 1, 2, 3].map((at) => traps.count(at))).toEqual([1_000_000, 16_384, 0, null]);
		traps.forget();
		expect(traps.count(4)).toBe(1_000_000);
	});

	it('are those of a minute', () => {
		const traps = new Traps(1_000_000);
		traps.count(0);
		traps.count(1_000);
		expect(traps.count(60_500)).toBe(16_384);
		expect(traps.count(200_000)).toBe(1_000_000);
	});
});
