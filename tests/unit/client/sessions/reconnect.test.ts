// When a lost session is tried again.
import { describe, expect, it } from 'vitest';
import { backoffMs, RECONNECT_MAX_MS, RECONNECT_MIN_MS } from '$lib/client/sessions/reconnect';

describe('backoffMs', () => {
	it('spreads evenly below a ceiling that doubles to its maximum', () => {
		expect(backoffMs(1, 0)).toBe(RECONNECT_MIN_MS);
		expect(backoffMs(1, 0.999999)).toBe(1000);
		expect(backoffMs(3, 0.999999)).toBe(4000);
		expect(backoffMs(50, 0.999999)).toBe(RECONNECT_MAX_MS);
		expect(backoffMs(50, 0)).toBe(RECONNECT_MIN_MS);
	});
});
