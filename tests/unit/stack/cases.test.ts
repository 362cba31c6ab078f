// Which cases a title names, and the lines that `npm test` ends with (stack/cases.mjs).
import { describe, expect, test } from 'vitest';
import {
	CASES,
	casesOf,
	casesOfGo,
	coverage,
	playwrightResults,
	vitestResults
} from '../../../stack/cases.mjs';

test.each([
	['R6 connections that never finish', ['R6']],
	['J8 J3 what registered', ['J8', 'J3']],
	['[tcp-refused] E11 H5 nothing listens', ['H5']],
	['L10 [identity-ambiguous] two users', ['L10']],
	['F1–F5 F8 an empty environment', ['F1', 'F2', 'F3', 'F4', 'F5', 'F8']],
	['K99 no such case', ['K99']],
	['N14', ['N14']],
	['function keys beyond F12 arrive', []],
	['OSC8 links', []],
	['', []]
])('%j names %j', (title, cases) => {
	expect(casesOf(title)).toEqual(cases);
});

test.each([
	['TestN12SnapshotShapes/no_peers', ['N12']],
	['TestH9H13_Filter', ['H9', 'H13']],
	['TestTable/H6_a_banner', ['H6']],
	['TestX509Roots', []]
])('Go’s %s names %j', (name, cases) => {
	expect(casesOfGo(name)).toEqual(cases);
});

describe('the coverage', () => {
	const held = Object.keys(CASES).map((name) => ({ cases: [name], isPassed: true }));

	test('is one line where every case held', () => {
		expect(coverage([...held, { cases: [], isPassed: false }])).toEqual([
			'116 of 116 cases held, 116 tests (docs/CASES.md)'
		]);
	});

	test('names what failed, though another test of it passed, and what had no test', () => {
		const results = held.filter(({ cases }) => !cases.includes('L2'));
		expect(coverage([...results, { cases: ['R4', 'N3'], isPassed: false }])).toEqual([
			'113 of 116 cases held, 115 tests (docs/CASES.md)',
			'cases with a failed test: R4 N3',
			'cases without a test: L2'
		]);
	});

	test('is read from Vitest’s and Playwright’s reports, groups included', () => {
		expect(
			vitestResults({
				testResults: [
					{
						assertionResults: [
							{ ancestorTitles: ['C7 removed'], title: 'K2 refused', status: 'passed' },
							{ ancestorTitles: [], title: 'else', status: 'failed' }
						]
					}
				]
			})
		).toEqual([{ cases: ['C7', 'K2'], isPassed: true }]);
		expect(
			playwrightResults({
				suites: [
					{
						title: 'states.spec.ts',
						specs: [{ title: 'H5 closed', ok: false }],
						suites: [{ title: 'P2 cut', specs: [{ title: 'module', ok: true }] }]
					}
				]
			})
		).toEqual([
			{ cases: ['H5'], isPassed: false },
			{ cases: ['P2'], isPassed: true }
		]);
	});
});
