// The limits that only work together; every realm takes them from contracts/limits.ts.
import { expect, test } from 'vitest';
import * as limits from '$lib/contracts/limits';

test('an ack comes after at most half of what may be in flight, or output stops and goes', () => {
	expect(limits.SSH_ACK_BYTES).toBeLessThanOrEqual(limits.SSH_IN_FLIGHT_MAX_BYTES / 2);
	expect(limits.SSH_CHUNK_MAX_BYTES).toBeLessThanOrEqual(limits.SSH_ACK_BYTES);
	expect(limits.SSH_INPUT_CHUNK_BYTES).toBeLessThanOrEqual(
		limits.SSH_INPUT_IN_FLIGHT_MAX_BYTES / 2
	);
});

test('the lifetime of a key lies between its limits', () => {
	expect(limits.KEY_TTL_S).toBeGreaterThanOrEqual(limits.KEY_TTL_MIN_S);
	expect(limits.KEY_TTL_S).toBeLessThanOrEqual(limits.KEY_TTL_MAX_S);
	expect(limits.KEY_TTL_MAX_S).toBeLessThanOrEqual(600);
});

test('the relay pauses a sender well before it gives the connection up', () => {
	expect(limits.RELAY_FRAME_MAX_BYTES).toBeLessThan(limits.RELAY_BUFFER_PAUSE_BYTES);
	expect(limits.RELAY_BUFFER_PAUSE_BYTES).toBeLessThan(limits.RELAY_BUFFER_MAX_BYTES);
	expect(limits.RELAY_PING_MS * 2).toBeLessThan(limits.RELAY_IDLE_MS);
});
