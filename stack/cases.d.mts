// Types of cases.mjs, which is plain Node because test.mjs is.

export const CASE_GROUPS: Readonly<Record<string, string>>;
/** What is done, by the case's letter and number. */
export const CASES: Readonly<Record<string, string>>;
export interface CaseResult {
	readonly cases: readonly string[];
	readonly isPassed: boolean;
}
export function casesOf(title: string): string[];
export function casesOfGo(name: string): string[];
export function coverage(results: readonly CaseResult[]): string[];
export function vitestResults(report: unknown): CaseResult[];
export function playwrightResults(report: unknown): CaseResult[];
