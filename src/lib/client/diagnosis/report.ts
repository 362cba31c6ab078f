// The text behind *Copy report*: code, what is, what to do, the legs, when, versions. Never keys, output, names
// of other machines or anything typed. Window only; ErrorPanel, pane notes and the diagnosis use it.
import { report, type WireError } from '$lib/contracts/app-error';
import type { LegResult } from '$lib/contracts/tailnet';
import { LEG_NAMES, type LegView } from './legs';

export interface ReportFacts {
	/** null of a session that works: then its legs are the report. */
	readonly error: WireError | null;
	readonly atMs: number;
	/** From the start of the attempt to the failure. */
	readonly tookMs: number | null;
	readonly version: string;
	readonly userAgent: string;
	readonly legs?: readonly LegView[];
	/** Why the server's side could not look. */
	readonly serverError?: WireError | null;
}

/** Plain text for a ticket or a chat. */
export function reportText(facts: ReportFacts): string {
	const said = facts.error === null ? null : report(facts.error);
	const lines: (readonly [string, string])[] = [
		...(said === null
			? []
			: ([
					['code', said.code],
					['what', said.message],
					['remedy', said.remedy],
					['id', said.id]
				] as const)),
		['when', new Date(facts.atMs).toISOString()],
		...(facts.tookMs === null
			? []
			: [['after', `${String(Math.round(facts.tookMs))} ms`] as const]),
		...(facts.legs ?? []).map((view) => [LEG_NAMES[view.leg], legText(view)] as const),
		...(facts.serverError ? [['server’s side', facts.serverError.code] as const] : []),
		['headtab', facts.version],
		['browser', facts.userAgent],
		...(said === null ? [] : [['manual', said.docs] as const])
	];
	return `Headtab report\n${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`;
}

/** Codes and times only: what a far end says of itself may be anything. */
function legText(view: LegView): string {
	const own = sideText(view.state === 'running' ? 'not-checked' : view.state, view);
	return view.server === null
		? own
		: `${own}; from the server: ${sideText(view.server.state, view.server)}`;
}

const sideText = (
	state: LegResult['state'],
	{ error, tookMs }: Pick<LegResult, 'tookMs'> & { readonly error: WireError | null }
): string =>
	[
		state.replace('-', ' '),
		...(error === null ? [] : [error.code]),
		...(tookMs === null ? [] : [`${String(Math.round(tookMs))} ms`])
	].join(', ');
