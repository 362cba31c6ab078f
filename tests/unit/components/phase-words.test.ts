// What a screen reader says of a session.
import { describe, expect, it } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { spokenWords } from '$lib/components/phase-words';

const lost = AppError.of('ssh-connection-lost', { node: 'web-1', reason: 'EOF' }).toWire();
const open = {
	phase: { at: 'open', startedAtMs: 0 },
	error: null,
	heldSinceMs: null,
	newShell: null
} as const;

describe('spokenWords', () => {
	it('says the phase, and why it failed', () => {
		expect(spokenWords('root@web-1', open)).toBe('root@web-1, connected');
		expect(spokenWords('root@web-1', { ...open, heldSinceMs: 1 })).toBe('root@web-1, reconnecting');
		expect(
			spokenWords('root@web-1', {
				...open,
				phase: { at: 'failed', error: lost, isWaiting: false, startedAtMs: 0 },
				error: lost
			})
		).toBe('root@web-1, failed: The connection to web-1 was lost: EOF.');
	});

	it('says that a shell is a new one, as the chip does', () => {
		const newShell = { atMs: 0, cause: lost, isInputInDoubt: false };
		expect(spokenWords('root@web-1', { ...open, newShell })).toBe(
			'root@web-1, connected, a new shell. The one before was lost: The connection to web-1 was lost: EOF.'
		);
		expect(
			spokenWords('root@web-1', { ...open, newShell: { ...newShell, isInputInDoubt: true } })
		).toMatch(/What was typed last may not have arrived\.$/);
		expect(spokenWords('root@web-1', { ...open, newShell, heldSinceMs: 1 })).toBe(
			'root@web-1, reconnecting'
		);
	});
});
