// Times and sizes as words.
import { describe, expect, it } from 'vitest';
import { age, ago, bytes, count, duration, grouped, moment, running } from '$lib/ui/format';

const NOW = new Date(2026, 10, 23, 14, 0, 0).getTime();
const MIN = 60_000;
const DAY = 24 * 60 * MIN;

describe('format', () => {
	it.each([
		[86, '86 ms'],
		[1_240, '1.24 s'],
		[12_400, '12 s'],
		[125_000, '2 min 5 s'],
		[(2 * 60 + 10) * MIN, '2 h 10 min'],
		[3 * 60 * MIN, '3 h']
	])('duration %d ms is %s', (ms, text) => {
		expect(duration(ms)).toBe(text);
	});

	it.each([
		[0, '0 B'],
		[82_000, '82 kB'],
		[4_100_000, '4.1 MB']
	])('%d bytes are %s', (size, text) => {
		expect(bytes(size)).toBe(text);
	});

	it.each([
		[10_000, 'now'],
		[14 * MIN, '14 min'],
		[2 * 60 * MIN, '2 h'],
		[4 * DAY, 'Thu'],
		[12 * DAY, '11 Nov'],
		[400 * DAY, '19 Oct 2025']
	])('%d ms ago is %s', (age, text) => {
		expect(ago(NOW - age, NOW)).toBe(text);
	});

	it('says a moment of today and of another day', () => {
		expect(moment(NOW - 2 * 60 * MIN, NOW)).toBe('today 12:00');
		expect(moment(NOW - 5 * DAY, NOW)).toBe('18 Nov 14:00');
	});

	it('groups a fingerprint, counts, and shows a running time', () => {
		expect(grouped('SHA256:abcdefghij')).toBe('SHA256:abcd efgh ij');
		expect(count(1, 'line')).toBe('1 line');
		expect(count(6, 'line')).toBe('6 lines');
		expect(running(812)).toBe('0.8 s');
		expect([age(0), age(1_750), age(125_000)]).toEqual(['1 s', '2 s', '2 min 5 s']);
	});
});
