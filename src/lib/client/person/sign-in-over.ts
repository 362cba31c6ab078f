// What says that a sign-in is over: the way on is to sign in. Window only, pure; layout, launcher and panes ask.
import type { ErrorCode } from '$lib/contracts/errors';

export const isSignInOver = (code: ErrorCode | undefined): boolean =>
	code === 'session-missing' || code === 'session-ended';
