// Types of cases.mjs, which is plain Node because test.mjs is.

export const CASE_GROUPS: Readonly<Record<string, string>>;
/** What is done, by the case's letter and number. */
export const CASES: Readonly<Record<string, string>>;
export interface TestResult {
	/** With the titles of its groups. */
	readonly title: string;
	readonly cases: readonly string[];
	readonly isPassed: boolean;
	/** The first line of what was wrong; empty where nothing was, or nothing is told. */
	readonly error: string;
}
export function casesOf(title: string): string[];
export function casesOfGo(name: string): string[];
export function coverage(results: readonly Pick<TestResult, 'cases' | 'isPassed'>[]): string[];
export function failedTests(
	results: readonly Pick<TestResult, 'title' | 'isPassed' | 'error'>[]
): string[];
export function vitestResults(report: unknown): TestResult[];
export function playwrightResults(report: unknown): TestResult[];
export function goResult(name: string, isPassed: boolean): TestResult;
