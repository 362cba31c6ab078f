// CHANGELOG.md as the window and the server read it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newerThan, parseChangelog } from '$lib/contracts/changelog';

const text =
	'# What is new\n\nWords.\n\n## 0.3.0\n\n- A long\n  line.\n- B.\n\n## 0.2.0 – later\n\n- C.\n\n## Ideas\n\n- D.\n';

describe('the list of what is new', () => {
	it('is read version by version, line by line', () => {
		expect(parseChangelog(text)).toEqual([
			{ version: '0.3.0', news: ['A long line.', 'B.'] },
			{ version: '0.2.0', news: ['C.'] }
		]);
		expect(parseChangelog('<html>an error page</html>')).toEqual([]);
	});

	it('tells what another version has more, and nothing of one that does not know this one', () => {
		const releases = parseChangelog(text);
		expect(newerThan('0.2.0', releases).map(({ version }) => version)).toEqual(['0.3.0']);
		expect(newerThan('0.3.0', releases)).toEqual([]);
		expect(newerThan('0.4.0', releases)).toEqual([]);
	});

	it('begins with the version of this project', () => {
		const [newest] = parseChangelog(readFileSync('CHANGELOG.md', 'utf8'));
		const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
		expect(newest?.version).toBe(version);
		expect(newest?.news.length).toBeGreaterThan(0);
	});
});
