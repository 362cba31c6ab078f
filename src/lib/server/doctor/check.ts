// What a check of the doctor is, and the five things it can find.
// Server only; used by every file here. A check looks and says what to do; it changes nothing.
import type { DoctorStatus } from '$lib/contracts/doctor';

/** What one check found. */
export interface Finding {
	readonly status: DoctorStatus;
	/** What was seen, one sentence. */
	readonly found: string;
	/** What to do; null when nothing is. */
	readonly fix: string | null;
}

/** One check as the plan has it. */
export interface Check<Parts> {
	readonly id: string;
	readonly title: string;
	/** Ids of checks that must not have failed before. */
	readonly needs: readonly string[];
	readonly look: (parts: Parts) => Promise<Finding> | Finding;
}

export const ok = (found: string): Finding => ({ status: 'ok', found, fix: null });
export const off = (found: string, fix: string | null = null): Finding => ({
	status: 'off',
	found,
	fix
});
export const warning = (found: string, fix: string): Finding => ({ status: 'warning', found, fix });
export const failed = (found: string, fix: string): Finding => ({ status: 'failed', found, fix });
export const notReached = (found: string, fix: string | null = null): Finding => ({
	status: 'not-reached',
	found,
	fix
});

/** `1 key`, `3 keys`. */
export const count = (n: number, noun: string): string =>
	`${String(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Begins and ends as a sentence does; a host's name stays as it is. */
export const sentence = (text: string): string => {
	const whole = /^[a-z]+ /.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
	return /[.:!?]$/.test(whole) ? whole : `${whole}.`;
};
