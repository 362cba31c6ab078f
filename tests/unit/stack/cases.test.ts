// Which cases a title names, and the lines that `npm test` ends with (stack/cases.mjs).
import { describe, expect, test } from 'vitest';
import {
	CASES,
	casesOf,
	casesOfGo,
	coverage,
	failedTests,
	goResult,
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
});

describe('the tests that are told', () => {
	test('are those of Vitest’s and Playwright’s reports that have a case, or failed', () => {
		const ofVitest = vitestResults({
			testResults: [
				{
					assertionResults: [
						{ ancestorTitles: ['C7 removed'], title: 'K2 refused', status: 'passed' },
						{ ancestorTitles: [], title: 'nothing to tell', status: 'passed' },
						{ ancestorTitles: [], title: 'R1 left out', status: 'skipped' },
						{
							ancestorTitles: ['a'],
							title: 'else',
							status: 'failed',
							failureMessages: ['\u001b[31mError: it was accepted\u001b[39m\n    at a file']
						}
					]
				}
			]
		});
		expect(ofVitest).toEqual([
			{ title: 'C7 removed › K2 refused', cases: ['C7', 'K2'], isPassed: true, error: '' },
			{ title: 'a › else', cases: [], isPassed: false, error: 'Error: it was accepted' }
		]);
		const ofPlaywright = playwrightResults({
			suites: [
				{
					title: 'states.spec.ts',
					specs: [
						{
							title: 'H5 closed',
							ok: false,
							tests: [{ results: [{}, { error: { message: 'Test timeout\nof 30 s' } }] }]
						}
					],
					suites: [{ title: 'P2 cut', specs: [{ title: 'module', ok: true }] }]
				}
			]
		});
		expect(ofPlaywright).toEqual([
			{
				title: 'states.spec.ts › H5 closed',
				cases: ['H5'],
				isPassed: false,
				error: 'Test timeout'
			},
			{ title: 'states.spec.ts › P2 cut › module', cases: ['P2'], isPassed: true, error: '' }
		]);
		expect(failedTests([...ofVitest, ...ofPlaywright, goResult('TestH6_a_banner', false)])).toEqual(
			[
				'a › else: Error: it was accepted',
				'states.spec.ts › H5 closed: Test timeout',
				'TestH6_a_banner'
			]
		);
	});
});
