// What checks of a whole deployment found: the answer of `GET /api/admin/doctor` and of `npm run doctor
// -- --json`. The server makes it, the admin's page and the command show it.
import { AppError } from './app-error';
import { isRecord, isTimeMs } from './parse';

/** `not-reached`: one before it failed. `off`: this deployment does without it. */
export type DoctorStatus = 'ok' | 'warning' | 'failed' | 'not-reached' | 'off';
const DOCTOR_STATUSES: readonly DoctorStatus[] = ['ok', 'warning', 'failed', 'not-reached', 'off'];

/** One check. */
export interface DoctorCheck {
	/** Stable, kebab-case. */
	readonly id: string;
	readonly title: string;
	readonly status: DoctorStatus;
	/** What was seen, one sentence. */
	readonly found: string;
	/** What to do; null when ok. */
	readonly fix: string | null;
	readonly ms: number;
}

/** All checks, in the order in which they build on each other. */
export interface DoctorAnswer {
	readonly checks: readonly DoctorCheck[];
	/** When they were done. */
	readonly atMs: number;
}

/** @throws AppError `bad-request` when it is none */
export function parseDoctorAnswer(value: unknown): DoctorAnswer {
	if (!isRecord(value) || !Array.isArray(value['checks']) || !isTimeMs(value['atMs']))
		throw AppError.of('bad-request', { reason: 'the doctor’s answer' });
	return { checks: value['checks'].map(parseCheck), atMs: value['atMs'] };
}

function parseCheck(value: unknown): DoctorCheck {
	const status = isRecord(value)
		? DOCTOR_STATUSES.find((known) => known === value['status'])
		: undefined;
	if (
		!isRecord(value) ||
		status === undefined ||
		typeof value['id'] !== 'string' ||
		typeof value['title'] !== 'string' ||
		typeof value['found'] !== 'string'
	)
		throw AppError.of('bad-request', { reason: 'a check of the doctor' });
	const { id, title, found, fix, ms } = value;
	return {
		id,
		title,
		status,
		found,
		fix: typeof fix === 'string' ? fix : null,
		ms: typeof ms === 'number' ? ms : 0
	};
}
