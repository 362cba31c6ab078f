// The doctor's answer as another realm reads it.
import { expect, it } from 'vitest';
import { parseDoctorAnswer } from '$lib/contracts/doctor';

const check = {
	id: 'origin',
	title: 'Origin',
	status: 'warning',
	found: 'seen as http',
	fix: 'Set HEADTAB_ORIGIN.',
	ms: 2
};

it('takes what the server sends', () => {
	expect(parseDoctorAnswer({ checks: [check, { ...check, fix: null }], atMs: 5 })).toEqual({
		checks: [check, { ...check, fix: null }],
		atMs: 5
	});
});

it.each([
	null,
	{ checks: [] },
	{ checks: {}, atMs: 1 },
	{ checks: [{ ...check, status: 'fine' }], atMs: 1 },
	{ checks: [{ ...check, found: 3 }], atMs: 1 }
])('[bad-request] refuses %j', (value) => {
	expect(() => parseDoctorAnswer(value)).toThrow(
		expect.objectContaining({ code: 'bad-request' }) as Error
	);
});
