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

/** What no case of the suite sees, as it is read from the screen. */
const DRAWN = `## What is drawn otherwise

| What | Cause |
|---|---|
| An arrow of powerline (U+E0B0, U+E0B2) has a dot of its colour in the row below. | restty (0.3.0) draws its last step there. Its slanted signs (U+E0B8, U+E0BA) would have a line: they are drawn as the other corner in the other colour. |
| An emoji of several parts is one picture in the columns of its parts. | So count the programs of the machine, by wcwidth, and a terminal that counts otherwise puts the cursor where they do not expect it. A program that asks for it (mode 2027) gets two columns. |
| Where a line in colour went on at the bottom of the screen, its colour reaches to the end of the row, and is kept when the window becomes wider. | As in xterm: the row that comes in by scrolling has the colour of the moment (BCE). As in Ghostty: what has a colour is no empty end, so a wider window takes it along. |
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
		'',
		DRAWN
	].join('\n');
	return format(text, { ...(await resolveConfig(path)), parser: 'markdown' });
}

const escape = (text: string): string => text.replaceAll('|', '\\|');
