// The result of suite.py beside xterm's, as docs/CONFORMANCE.md. Used by the e2e test, which runs the suite.
import { format, resolveConfig } from 'prettier';

/** One case of suite.py. */
export interface CaseResult {
	readonly group: string;
	readonly name: string;
	/** null when it passed. */
	readonly fault: string | null;
}

/** Why a case fails here, by its name. */
export type Causes = Readonly<Record<string, string>>;

const HEAD = `# Conformance

What a real session on a real machine does with control sequences: \`tests/conformance/suite.py\`, in the shape of
esctest’s automatic part, runs on the target and reads back the cursor (CPR), modes (DECRQM), settings (DECRQSS) and
answers; what stands on the screen is read from the terminal’s text. Beside it xterm 379 with the same program, which
reads its screen by checksums. \`npx playwright test conformance\` runs it and fails when this table is not true any
more; with \`HEADTAB_WRITE=1\` it writes the table.
`;

/** @param path of the file, whose formatting rules it follows */
export async function conformanceTable(
	path: string,
	ours: readonly CaseResult[],
	xterm: readonly CaseResult[],
	causes: Causes
): Promise<string> {
	const passed = (results: readonly CaseResult[], group?: string) =>
		results.filter((one) => (group === undefined || one.group === group) && one.fault === null)
			.length;
	const groups = [...new Set(ours.map(({ group }) => group))];
	const row = (name: string, count: number, group?: string) =>
		`| ${name} | ${String(count)} | ${String(passed(ours, group))} | ${String(passed(xterm, group))} |`;
	const faults = ours.filter(({ fault }) => fault !== null);
	const others = xterm.filter(({ fault }) => fault !== null);
	const text = [
		HEAD,
		'| Group | cases | Headtab | xterm 379 |',
		'|---|---|---|---|',
		...groups.map((group) => row(group, ours.filter((one) => one.group === group).length, group)),
		row('All', ours.length),
		'',
		'## What fails here, and why',
		'',
		'| Case | Cause |',
		'|---|---|',
		...faults.map(({ name }) => `| ${escape(name)} | ${escape(causes[name] ?? 'unknown')} |`),
		'',
		'## What fails in xterm 379',
		'',
		'| Case | What it does |',
		'|---|---|',
		...others.map(({ name, fault }) => `| ${escape(name)} | ${escape(fault ?? '')} |`),
		''
	].join('\n');
	return format(text, { ...(await resolveConfig(path)), parser: 'markdown' });
}

const escape = (text: string): string => text.replaceAll('|', '\\|');
