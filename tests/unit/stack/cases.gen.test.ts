// Writes docs/CASES.md: each case of bad input and faults (stack/cases.mjs) with the tests whose titles name it.
// `npm run gen` writes it; a plain run fails when it is stale, when a case has no test,
// and when a title names a case that is none.
import * as prettier from 'prettier';
import { expect, it } from 'vitest';
import { CASE_GROUPS, CASES, casesOf, casesOfGo } from '../../../stack/cases.mjs';
import { testTitles, type TestTitle } from './test-titles';

const named = ({ titles, isGo }: TestTitle): readonly string[] =>
	titles.flatMap((title, depth) => (isGo && depth === 0 ? casesOfGo(title) : casesOf(title)));

const escaped = (text: string): string => text.replaceAll(/[\\`*_[\]<>|#$]/g, '\\$&');

const byCase = new Map<string, TestTitle[]>();
for (const test of testTitles()) {
	for (const name of new Set(named(test))) {
		byCase.set(name, [...(byCase.get(name) ?? []), test]);
	}
}

it('the page of the cases is fresh', async () => {
	const all = Object.keys(CASES);
	const lines = [
		'<!-- Written by `npm run gen` from stack/cases.mjs and the titles of the tests. Change those. -->',
		'',
		'# What was tried',
		'',
		`${all.length} cases of bad input and faults, each with the tests that provoke it. A test counts for a case when its`,
		'title, or that of a group around it, begins with the number. `npm test` says at its end how many held.',
		'',
		'| Cases | On | Covered | Tests | Without a test |',
		'| --- | --- | --- | --- | --- |'
	];
	for (const [letter, group] of Object.entries(CASE_GROUPS)) {
		const cases = all.filter((name) => name.startsWith(letter));
		const missing = cases.filter((name) => !byCase.has(name));
		const tests = new Set(cases.flatMap((name) => byCase.get(name) ?? []));
		lines.push(
			`| ${letter}1–${letter}${cases.length} | ${group} | ${cases.length - missing.length} | ${tests.size} | ${missing.join(' ')} |`
		);
	}
	for (const [letter, group] of Object.entries(CASE_GROUPS)) {
		lines.push('', `## ${group}`);
		for (const name of all.filter((each) => each.startsWith(letter))) {
			lines.push('', `### ${name} ${CASES[name] ?? ''}`, '');
			for (const test of byCase.get(name) ?? []) {
				lines.push(`- ${escaped(test.titles.join(' › '))} ([${test.file}](../${test.file}))`);
			}
			if (!byCase.has(name)) lines.push('_No test yet._');
		}
	}
	const text = await prettier.format(lines.join('\n'), {
		...(await prettier.resolveConfig('README.md')),
		parser: 'markdown'
	});
	await expect(text).toMatchFileSnapshot('../../../docs/CASES.md');
});

it('every case has a test', () => {
	expect(Object.keys(CASES).filter((name) => !byCase.has(name))).toEqual([]);
});

it('no title names a case that is none', () => {
	const strangers = [...byCase]
		.filter(([name]) => !(name in CASES))
		.map(([name, tests]) => `${name}: ${tests.map(({ titles }) => titles.join(' › ')).join(', ')}`);
	expect(strangers).toEqual([]);
});
