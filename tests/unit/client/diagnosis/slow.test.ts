// What is said of a wait that is longer than usual.
import { expect, it } from 'vitest';
import { JOIN_STEPS } from '$lib/contracts/tailnet';
import { JOIN_TIMEOUT_MS, DIAL_TIMEOUT_MS } from '$lib/contracts/limits';
import { JOIN_WAITS, slowWords, SSH_WAITS } from '$lib/client/diagnosis/slow';

it('says nothing as long as it takes what it usually takes', () => {
	expect(slowWords(SSH_WAITS.dialing, { tookMs: 1_999, node: 'db-1' })).toBeNull();
});

it('names the leg, the machine, the usual time and what may be wrong', () => {
	expect(slowWords(SSH_WAITS.dialing, { tookMs: 2_500, node: 'db-1' })).toEqual({
		leg: 'tcp',
		waits: 'Waiting for db-1 to answer on port 22.',
		usual: 'Usually under 2 s.',
		maybe: SSH_WAITS.dialing.maybe
	});
	expect(slowWords(JOIN_WAITS.control, { tookMs: 2_500 })?.waits).toBe(
		'Waiting for Headscale’s control connection.'
	);
});

it('speaks well before the step gives up', () => {
	for (const step of JOIN_STEPS) expect(JOIN_WAITS[step].usualMs).toBeLessThan(JOIN_TIMEOUT_MS / 3);
	expect(SSH_WAITS.dialing.usualMs).toBeLessThan(DIAL_TIMEOUT_MS / 3);
});
