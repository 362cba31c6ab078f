// The doctor's checks in the order in which an admin wants them, and as a report. Pure; AdminDoctor shows it.
import type { DoctorAnswer, DoctorCheck, DoctorStatus } from '$lib/contracts/doctor';

export interface DoctorGroups {
	/** To fix first, then to watch, then what could not be reached because of it. */
	readonly open: readonly DoctorCheck[];
	/** In order, and what this deployment does without; in the doctor's own order. */
	readonly fine: readonly DoctorCheck[];
}

const OPEN: readonly DoctorStatus[] = ['failed', 'warning', 'not-reached'];

export function groupChecks(checks: readonly DoctorCheck[]): DoctorGroups {
	const rank = ({ status }: DoctorCheck) => OPEN.indexOf(status);
	return {
		open: checks.filter((check) => rank(check) >= 0).toSorted((one, two) => rank(one) - rank(two)),
		fine: checks.filter((check) => rank(check) < 0)
	};
}

/** `1 to fix, 2 to watch, 1 not reached`. */
export function openWords(open: readonly DoctorCheck[]): string {
	const words: Readonly<Partial<Record<DoctorStatus, string>>> = {
		failed: 'to fix',
		warning: 'to watch',
		'not-reached': 'not reached'
	};
	return OPEN.flatMap((status) => {
		const count = open.filter((check) => check.status === status).length;
		return count === 0 ? [] : [`${String(count)} ${words[status] ?? status}`];
	}).join(', ');
}

/** Plain text for a ticket. The doctor names settings, never their secrets. */
export function doctorReport({ checks, atMs }: DoctorAnswer, version: string): string {
	const lines = checks.flatMap(({ status, title, found, fix }) => [
		`${status}  ${title}: ${found}`,
		...(fix === null ? [] : [`    ${fix}`])
	]);
	return `Headtab doctor\nwhen: ${new Date(atMs).toISOString()}\nheadtab: ${version}\n${lines.join('\n')}\n`;
}
