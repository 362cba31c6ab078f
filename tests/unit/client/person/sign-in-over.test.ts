// When the way on is to sign in.
import { expect, it } from 'vitest';
import { isSignInOver } from '$lib/client/person/sign-in-over';

it('is over when there is none or it has ended, and for no other failure', () => {
	expect(isSignInOver('session-missing')).toBe(true);
	expect(isSignInOver('session-ended')).toBe(true);
	expect(isSignInOver('rate-limited')).toBe(false);
	expect(isSignInOver(undefined)).toBe(false);
});
