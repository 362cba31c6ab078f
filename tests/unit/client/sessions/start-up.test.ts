// A machine's start-up: the line that its shells run, in real shells, and its environment as words.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	environmentText,
	inFolder,
	parseEnvironment,
	startLine
} from '$lib/client/sessions/start-up';
import { parseStartUp, type StartUp } from '$lib/storage/start-up';

const startUp = (part: Partial<StartUp>): StartUp => ({
	command: '',
	folder: '',
	environment: [],
	...part
});

/** What a POSIX shell makes of a line. */
const run = (line: string | undefined): string =>
	execFileSync('/bin/sh', ['-c', line ?? ''], {
		env: { HOME: '/tmp', SHELL: '/bin/pwd' },
		encoding: 'utf8'
	});

describe('startLine', () => {
	it('is nothing for a plain shell, and the command alone when there is no more', () => {
		expect(startLine(null)).toBeUndefined();
		expect(startLine(startUp({ command: 'tmux new -A -s headtab' }))).toBe(
			'tmux new -A -s headtab'
		);
	});

	it('goes to the folder first, and to a login shell when there is no command', () => {
		expect(startLine(startUp({ folder: '~/a b' }))).toBe(`cd ~/'a b'; exec "$SHELL" -l`);
		expect(run(startLine(startUp({ folder: '/usr', command: 'pwd' })))).toBe('/usr\n');
		expect(run(startLine(startUp({ folder: '~', command: 'pwd' })))).toBe('/tmp\n');
	});

	it('gives the environment as it was written, whatever is in it', () => {
		fc.assert(
			fc.property(
				fc.string({ maxLength: 40 }).filter((text) => !text.includes('\0')),
				(value) => {
					const line = startLine(
						startUp({
							environment: [{ name: 'GIVEN', value }],
							command: 'printf %s "$GIVEN"'
						})
					);
					expect(run(line)).toBe(value);
				}
			),
			{ numRuns: 50 }
		);
	});

	it('begins in the folder of another tab with the environment, not with the command', () => {
		const known = startUp({ command: 'tmux', environment: [{ name: 'A', value: '1' }] });
		expect(startLine(inFolder(known, "/it's"))).toBe(
			String.raw`export A='1'; cd '/it'\''s'; exec "$SHELL" -l`
		);
		// fish takes a backslash in single quotes for an escape: what follows would be run.
		expect(startLine(inFolder(null, String.raw`/a\'; id; #`))).toBe(
			String.raw`cd '/a'\\''\''; id; #'; exec "$SHELL" -l`
		);
		expect(startLine(inFolder(null, '/srv'))).toBe(`cd '/srv'; exec "$SHELL" -l`);
	});
});

describe('the environment', () => {
	it('is read from words and written as words', () => {
		const words = 'LANG=de_DE.UTF-8 COLORTERM=truecolor EMPTY= A=b=c';
		const variables = parseEnvironment(`  ${words} `);
		expect(variables).toHaveLength(4);
		expect(environmentText(variables ?? [])).toBe(words);
		expect(parseEnvironment('')).toEqual([]);
	});

	it.each(['LANG', '=x', '1A=x', 'A-B=x', '$(x)=1'])('is not %j', (text) => {
		expect(parseEnvironment(text)).toBeNull();
	});
});

describe('a stored start-up', () => {
	it('keeps what a shell can take, and is none when that is nothing', () => {
		expect(
			parseStartUp({
				command: ' htop ',
				folder: 'a\nb',
				environment: [{ name: 'A', value: 'x' }, { name: 'A B', value: '' }, 'C']
			})
		).toEqual({ command: 'htop', folder: '', environment: [{ name: 'A', value: 'x' }] });
		for (const value of [null, 'htop', {}, { command: '  ' }, { command: 'x'.repeat(1_025) }])
			expect(parseStartUp(value)).toBeNull();
	});
});
