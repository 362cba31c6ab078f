// What fails the audit: a package below its floor, a finding that nobody accepted, an entry past its day or
// without a use. How npm and govulncheck say it is tried with the real two in tests/integration/release.
import { expect, test } from 'vitest';
import { ACCEPTED, type Accepted } from '../../../release/audit/accepted';
import { readGo, readNpm, type Finding } from '../../../release/audit/findings';
import {
	belowFloors,
	FLOORS,
	isBelow,
	readCopies,
	type Copy,
	type Floor
} from '../../../release/audit/floors';
import { faultsOf } from '../../../release/audit/verdict';

const NOW = new Date('2026-11-30T12:00:00Z');
const accepted = (more: Partial<Accepted> = {}): Accepted => ({
	id: 'GHSA-1',
	name: 'cookie',
	reason: 'never with a name from outside',
	lookAgain: '2027-01-31',
	...more
});
const FINDING: Finding = { id: 'GHSA-1', name: 'cookie', title: 'names', places: ['a'] };
const faults = (findings: readonly Finding[], entries: readonly Accepted[], isCovered = true) =>
	faultsOf({ findings, isCovered: () => isCovered }, entries, NOW);

test('a version is older by its numbers, and a preview older than its release', () => {
	for (const [version, min] of [
		['2.9.9', '2.70.2'],
		['8.20.1', '8.21.0'],
		['0.51.0-rc.1', '0.52.0'],
		['0.52.0-rc.1', '0.52.0'],
		['1.26', '1.26.6'],
		['0.0.0-20260224225140-573d5e7127a8', '0.0.0'],
		['file:../ws', '8.21.0']
	] as const)
		expect(isBelow(version, min), version).toBe(true);
	for (const [version, min] of [
		['2.70.2', '2.70.2'],
		['3.0.0', '2.70.2'],
		['1.101.0-pre', '1.90.0']
	] as const)
		expect(isBelow(version, min), version).toBe(false);
});

test('every copy below a floor is named with its place, and a floor that nothing needs', () => {
	const floor: Floor = {
		from: 'npm',
		name: 'ws',
		min: '8.21.0',
		advisories: ['CVE-1'],
		reason: 'a crash'
	};
	const copy = (version: string, place: string): Copy => ({
		from: 'npm',
		name: 'ws',
		version,
		place
	});
	const copies = [
		copy('8.23.0', 'node_modules/ws'),
		copy('7.5.0', 'node_modules/a/node_modules/ws')
	];
	expect(belowFloors(copies, [floor])).toEqual([
		'ws 7.5.0 (node_modules/a/node_modules/ws) is older than 8.21.0: a crash (CVE-1)'
	]);
	expect(belowFloors(copies.slice(0, 1), [floor])).toEqual([]);
	expect(belowFloors([{ ...copy('1.0.0', ''), from: 'Go' }], [floor])).toEqual([
		'ws has a floor, but nothing asks for it: take it away'
	]);
});

test('the floors hold in this clone, and each is one that is asked for', () => {
	const copies = readCopies('.');
	expect(belowFloors(copies)).toEqual([]);
	for (const { name, min } of FLOORS) {
		const lowered = copies.map((copy) =>
			copy.name === name ? { ...copy, version: '0.0.1' } : copy
		);
		expect(belowFloors(lowered).join(), name).toContain(`${name} 0.0.1`);
		expect(belowFloors(lowered).join(), name).toContain(min);
	}
});

test('a finding fails until it is accepted, by id and package', () => {
	expect(faults([FINDING], [])).toEqual(['GHSA-1 cookie: names (a)']);
	expect(faults([FINDING], [accepted()])).toEqual([]);
	expect(faults([FINDING], [accepted({ name: 'other' })])).toHaveLength(2);
});

test('an accepted finding fails when its day has come, is too far, is none, or has no reason', () => {
	for (const [more, says] of [
		[{ lookAgain: '2026-11-29' }, 'look again; its day was 2026-11-29'],
		[{ lookAgain: '2028-01-01' }, 'more than 190 days ahead'],
		[{ lookAgain: 'some day' }, 'is no day'],
		[{ reason: ' ' }, 'has no reason']
	] as const)
		expect(faults([FINDING], [accepted(more)]).join()).toContain(says);
});

test('an accepted finding that is gone fails, but only where it was looked for', () => {
	expect(faults([], [accepted()])).toEqual([
		'accepted GHSA-1 cookie: no finding needs it any more: take it away'
	]);
	expect(faults([], [accepted()], false)).toEqual([]);
});

test('what is accepted here has a reason that somebody can judge', () => {
	for (const { id, reason } of ACCEPTED) {
		expect(id).toMatch(/^(GHSA(-\w{4}){3}|GO-\d{4}-\d{4,})$/);
		expect(reason.length).toBeGreaterThan(40);
	}
});

test('an answer that is none is told apart, and names no address', () => {
	const error = {
		message: '405 - POST https://x.org/-/npm',
		statusCode: 405,
		error: { summary: '' }
	};
	expect(readNpm(JSON.stringify(error))).toEqual({
		isLookedUp: false,
		reason: 'the registry answered 405'
	});
	const summary = 'request to https://x.org/-/npm failed';
	expect(readNpm(JSON.stringify({ error: { summary } }))).toEqual({
		isLookedUp: false,
		reason: 'the registry was not reached (request to … failed)'
	});
	expect(() => readNpm('{}')).toThrow('npm audit says {}');
	expect(() => readNpm('')).toThrow(SyntaxError);
});

test('a scan that broke off behind its database is no answer', () => {
	const config = '{\n  "config": { "db_last_modified": "2026-11-01T00:00:00Z" }\n}\n';
	expect(readGo(config, true)).toEqual({
		isLookedUp: true,
		findings: [],
		note: 'database of 2026-11-01'
	});
	expect(() => readGo(config, false)).toThrow('did not come to its end');
	expect(() => readGo('', false)).toThrow('did not begin');
});
