// The doctor's checks as an admin reads them.
import { expect, it } from 'vitest';
import type { DoctorCheck, DoctorStatus } from '$lib/contracts/doctor';
import { doctorReport, groupChecks, openWords } from '$lib/client/admin/doctor';

const check = (id: string, status: DoctorStatus): DoctorCheck => ({
	id,
	title: id,
	status,
	found: `${id} seen`,
	fix: status === 'ok' ? null : `Correct ${id}.`,
	ms: 3
});
const checks = [
	check('one', 'ok'),
	check('two', 'not-reached'),
	check('three', 'warning'),
	check('four', 'off'),
	check('five', 'failed'),
	check('six', 'failed')
];

it('puts what is to fix first and what is fine last', () => {
	const { open, fine } = groupChecks(checks);
	expect(open.map(({ id }) => id)).toEqual(['five', 'six', 'three', 'two']);
	expect(fine.map(({ id }) => id)).toEqual(['one', 'four']);
	expect(openWords(open)).toBe('2 to fix, 1 to watch, 1 not reached');
	expect(openWords([])).toBe('');
});

it('is a report with what was found and what to do', () => {
	const text = doctorReport({ checks, atMs: 0 }, '0.1.0');
	expect(text).toContain('failed  five: five seen\n    Correct five.');
	expect(text).toContain('ok  one: one seen\n');
	expect(text).toContain('headtab: 0.1.0');
});
