// Rules that several targets hold their parsers to.
import assert from 'node:assert/strict';
import { AppError } from '$lib/contracts/app-error';
import { isErrorCode, type ErrorCode } from '$lib/contracts/errors';

/** What a person reads must not hide or reorder anything. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
export const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** Runs a parser that may refuse, but only by a code that is not `internal`.
 *  @returns null when it refused */
export async function orRefusal<T>(
	work: () => Promise<T> | T,
	codes?: readonly ErrorCode[]
): Promise<T | null> {
	try {
		return await work();
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		assert.ok(isErrorCode(cause.code) && cause.code !== 'internal', 'a code of the table');
		if (codes !== undefined) assert.ok(codes.includes(cause.code), `not ${cause.code}`);
		for (const text of Object.values(cause.params))
			assert.doesNotMatch(text, HIDDEN, 'a param of an error hides something');
		return null;
	}
}

/** A time that every formatter takes. */
export function assertTime(atMs: number): void {
	assert.ok(Number.isFinite(new Date(atMs).getTime()), `${String(atMs)} is no time`);
}
