// What the launcher's search understands, and which letters it marks.
import { describe, expect, it } from 'vitest';
import { nodeName } from '$lib/contracts/ids';
import {
	findLetters,
	matchPeer,
	parseQuery,
	peerText,
	withFilter
} from '$lib/client/launcher/query';
import { peer } from '../fakes';

const metrics = peer({
	name: nodeName('metrics-1'),
	addresses: ['100.64.0.16', 'fd7a::10'],
	tags: ['tag:stats'],
	owner: ''
});

describe('parseQuery', () => {
	it('takes the login from before the last @, its case kept', () => {
		expect(parseQuery('Root@Web-1')).toMatchObject({ login: 'Root', machine: 'Web-1' });
		expect(parseQuery('me@corp@web-1')).toMatchObject({ login: 'me@corp', machine: 'web-1' });
		expect(parseQuery('CORP\\me@web-1')).toMatchObject({ login: 'CORP\\me', machine: 'web-1' });
		expect(parseQuery('web-1').login).toBeNull();
	});

	it('takes filters out of the words', () => {
		expect(parseQuery('tag:prod web OS:linux owner:bob')).toEqual({
			words: ['web'],
			filters: [
				{ by: 'tag', text: 'prod' },
				{ by: 'os', text: 'linux' },
				{ by: 'owner', text: 'bob' }
			],
			open: { by: 'owner', text: 'bob' },
			login: null,
			machine: 'web'
		});
	});

	it('knows which filter is still being typed, and finishes it', () => {
		expect(parseQuery('web tag:').open).toEqual({ by: 'tag', text: '' });
		expect(parseQuery('web tag:prod ').open).toBeNull();
		expect(parseQuery('tag:prod web').open).toBeNull();
		expect(withFilter('web ta', 'tag', 'prod')).toBe('web tag:prod ');
		expect(withFilter('web tag:p', 'tag', 'prod')).toBe('web tag:prod ');
	});
});

describe('matchPeer', () => {
	const match = (text: string) => matchPeer(peerText(metrics), parseQuery(text));

	it('ranks the beginning of a name before its middle, other fields and loose letters', () => {
		expect(match('met')?.rank).toBe(0);
		expect(match('rics')?.rank).toBe(1);
		expect(match('stats')?.rank).toBe(2);
		expect(match('0.16')?.rank).toBe(2);
		expect(match('fd7a::10')?.rank).toBe(2);
		expect(match('me1')?.rank).toBe(3);
	});

	it('marks the letters that match', () => {
		expect(match('me1')?.nameHits).toEqual([
			[0, 2],
			[8, 9]
		]);
		expect(match('stats')?.whoHits).toEqual([[0, 5]]);
		expect(match('met etr')?.nameHits).toEqual([[0, 4]]);
	});

	it('needs every word and every filter', () => {
		expect(match('met web')).toBeNull();
		expect(match('tag:stats met')).not.toBeNull();
		expect(match('tag:prod met')).toBeNull();
		expect(match('os:windows')).toBeNull();
		// Nothing after the colon: any machine that has one.
		expect(match('tag:')).not.toBeNull();
		expect(match('owner:')).toBeNull();
		expect(match('tag:tag:stats')).not.toBeNull();
	});

	it('finds letters of other scripts whole', () => {
		expect(findLetters('été-🐧', '🐧')).toEqual([[4, 6]]);
	});
});
