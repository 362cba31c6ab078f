// Findings held against the accepted ones. Pure; used by audit.ts.
import type { Accepted } from './accepted';
import type { Finding } from './findings';

/** So that nobody accepts for ever. */
export const LOOK_AGAIN_MAX_DAYS = 190;
const DAY_MS = 86_400_000;

export interface Looked {
	readonly findings: readonly Finding[];
	/** Which ids were looked up at all: an entry of the others may be needed. */
	readonly isCovered: (id: string) => boolean;
}

/** What must be done, one line each; empty when every finding is accepted and every entry still needed. */
export function faultsOf(
	{ findings, isCovered }: Looked,
	accepted: readonly Accepted[],
	now: Date
): readonly string[] {
	const isAccepted = (finding: Finding) =>
		accepted.some(({ id, name }) => id === finding.id && name === finding.name);
	const open = findings
		.filter((finding) => !isAccepted(finding))
		.map(({ id, name, title, places }) => `${id} ${name}: ${title} (${places.join(', ')})`);
	const entries = accepted.flatMap(({ id, name, reason, lookAgain }): readonly string[] => {
		const entry = `accepted ${id} ${name}`;
		const daysAhead = (Date.parse(lookAgain) - now.getTime()) / DAY_MS;
		if (!/^\d{4}-\d\d-\d\d$/.test(lookAgain) || Number.isNaN(daysAhead))
			return [`${entry}: ${lookAgain} is no day`];
		if (reason.trim() === '') return [`${entry}: has no reason`];
		if (daysAhead < 0) return [`${entry}: look again; its day was ${lookAgain}`];
		if (daysAhead > LOOK_AGAIN_MAX_DAYS)
			return [`${entry}: ${lookAgain} is more than ${String(LOOK_AGAIN_MAX_DAYS)} days ahead`];
		const isNeeded = findings.some((finding) => finding.id === id && finding.name === name);
		if (isCovered(id) && !isNeeded) return [`${entry}: no finding needs it any more: take it away`];
		return [];
	});
	return [...open, ...entries];
}
