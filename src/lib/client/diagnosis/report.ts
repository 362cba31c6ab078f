// The text behind *Copy report*: code, what is, what to do, when, versions. Never keys, output, names
// of other machines or anything typed. Window only; ErrorPanel and pane notes use it.
import { report, type WireError } from '$lib/contracts/app-error';

export interface ReportFacts {
	readonly error: WireError;
	readonly atMs: number;
	/** From the start of the attempt to the failure. */
	readonly tookMs: number | null;
	readonly version: string;
	readonly userAgent: string;
}

/** Plain text for a ticket or a chat. */
export function reportText(facts: ReportFacts): string {
	const { code, message, remedy, id, docs } = report(facts.error);
	const lines: (readonly [string, string])[] = [
		['code', code],
		['what', message],
		['remedy', remedy],
		['id', id],
		['when', new Date(facts.atMs).toISOString()],
		...(facts.tookMs === null
			? []
			: [['after', `${String(Math.round(facts.tookMs))} ms`] as const]),
		['headtab', facts.version],
		['browser', facts.userAgent],
		['manual', docs]
	];
	return `Headtab report\n${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`;
}
