// Round trips: what they mean at a glance, and that nobody measures what nobody sees.
import { describe, expect, it, vi } from 'vitest';
import { SSH_PING_MS } from '$lib/contracts/limits';
import {
	LATENCIES_MAX,
	Latency,
	median,
	qualityOf,
	watchLatency
} from '$lib/client/sessions/latency.svelte';
import { FakeClock } from '../fakes';

describe('Latency', () => {
	it('is good, fair, slow or poor by the median of the last few', () => {
		const latency = new Latency();
		expect(latency.quality).toBeNull();
		latency.add(20);
		expect(latency.quality).toBe('good');
		latency.add(900);
		latency.add(22);
		expect(latency.quality).toBe('good');
		expect(latency.lastMs).toBe(22);
		expect([60, 61, 151, 401].map(qualityOf)).toEqual(['good', 'fair', 'slow', 'poor']);
		expect(median([])).toBeNull();
		expect(median([4, 1, 3, 2])).toBe(2.5);
	});

	it('keeps the last ones, and nothing of a former connection', () => {
		const latency = new Latency();
		for (let ms = 0; ms < LATENCIES_MAX + 5; ms += 1) latency.add(ms);
		expect(latency.samples).toHaveLength(LATENCIES_MAX);
		expect(latency.samples[0]).toBe(5);
		latency.begin();
		expect(latency.lastMs).toBeNull();
	});
});

describe('watchLatency', () => {
	class Page extends EventTarget {
		visibilityState: DocumentVisibilityState = 'visible';
		turn(to: DocumentVisibilityState) {
			this.visibilityState = to;
			this.dispatchEvent(new Event('visibilitychange'));
		}
	}

	it('measures at once and every ten seconds, pauses while hidden, and stops', () => {
		const clock = new FakeClock();
		const page = new Page();
		const ping = vi.fn();
		const stop = watchLatency({ ping }, page, clock);
		expect(ping).toHaveBeenCalledTimes(1);
		clock.advance(2 * SSH_PING_MS);
		expect(ping).toHaveBeenCalledTimes(3);
		page.turn('hidden');
		clock.advance(10 * SSH_PING_MS);
		expect(ping).toHaveBeenCalledTimes(3);
		page.turn('visible');
		expect(ping).toHaveBeenCalledTimes(4);
		stop();
		clock.advance(SSH_PING_MS);
		page.turn('visible');
		expect(ping).toHaveBeenCalledTimes(4);
		expect(clock.pending).toBe(0);
	});
});
