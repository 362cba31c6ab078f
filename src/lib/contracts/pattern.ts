// What crosses between a terminal's search and the worker that looks for a regular expression: one question,
// one answer. The worker may never answer; its window ends it then.
import { isRecord } from './parse';

export interface PatternQuestion {
	readonly id: number;
	readonly source: string;
	readonly flags: string;
	readonly texts: readonly string[];
}

/** A match in a text, in UTF-16 units. */
export interface PatternPart {
	readonly start: number;
	readonly end: number;
}

export interface PatternAnswer {
	readonly id: number;
	/** The matches of each text, in the question's order. */
	readonly found: readonly (readonly PatternPart[])[];
}

/** @returns null for what the worker does not say, its first word among it, which is that it is there */
export function parsePatternAnswer(value: unknown): PatternAnswer | null {
	if (!isRecord(value) || typeof value['id'] !== 'number' || !Array.isArray(value['found']))
		return null;
	return {
		id: value['id'],
		found: value['found'].map((parts) =>
			(Array.isArray(parts) ? parts : []).flatMap((part: unknown) => {
				if (!isRecord(part)) return [];
				const { start, end } = part;
				return typeof start === 'number' && typeof end === 'number' ? [{ start, end }] : [];
			})
		)
	};
}
