// What npm and govulncheck say of published advisories, as findings of one shape. Pure: text in, findings out;
// audit.ts runs the two. An answer that is no answer is told apart from one without findings.

export interface Finding {
	readonly id: string;
	readonly name: string;
	readonly title: string;
	/** Where it is: folders of packages, or the function of ours that reaches it. */
	readonly places: readonly string[];
}

export type Answer =
	| {
			readonly isLookedUp: true;
			readonly findings: readonly Finding[];
			/** What else is worth a line. */
			readonly note: string;
	  }
	| { readonly isLookedUp: false; readonly reason: string };

interface NpmReport {
	readonly auditReportVersion?: number;
	readonly vulnerabilities?: Readonly<Record<string, NpmVulnerability>>;
	readonly statusCode?: number;
	readonly message?: string;
	readonly error?: { readonly code?: string; readonly summary?: string };
}
interface NpmVulnerability {
	readonly nodes: readonly string[];
	/** Advisories of the package itself as objects; names of packages that bring one as text. */
	readonly via: readonly (string | { readonly url: string; readonly title: string })[];
}

/** @param text what `npm audit --json` printed
 *  @throws Error when that is not npm's report at all */
export function readNpm(text: string): Answer {
	const report = JSON.parse(text) as NpmReport;
	if (report.auditReportVersion === undefined) {
		if (report.error === undefined && report.message === undefined)
			throw new Error(`npm audit says ${text.slice(0, 200)}`);
		return { isLookedUp: false, reason: npmReason(report) };
	}
	if (report.auditReportVersion !== 2)
		throw new Error(`npm audit’s report has version ${String(report.auditReportVersion)}, not 2`);
	const findings = Object.entries(report.vulnerabilities ?? {}).flatMap(([name, { nodes, via }]) =>
		via.flatMap((each): readonly Finding[] =>
			typeof each === 'string'
				? []
				: [{ id: lastOf(each.url), name, title: each.title, places: [...nodes] }]
		)
	);
	return { isLookedUp: true, findings, note: '' };
}

/** Without the address: which registry somebody uses is theirs. */
function npmReason({ statusCode, message, error }: NpmReport): string {
	if (statusCode !== undefined) return `the registry answered ${String(statusCode)}`;
	const said = error?.code ?? error?.summary ?? message ?? '';
	return `the registry was not reached (${said.replaceAll(/\w+:\/\/\S+/g, '…').slice(0, 80)})`;
}

const lastOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

interface GoMessage {
	readonly config?: { readonly db_last_modified?: string };
	readonly osv?: { readonly id: string; readonly summary?: string };
	readonly finding?: { readonly osv: string; readonly trace: readonly GoFrame[] };
}
interface GoFrame {
	readonly module: string;
	readonly package?: string;
	readonly function?: string;
	readonly receiver?: string;
}

/** Findings whose code is reached; a module that merely has an advisory is counted in the note.
 *  @param text what `govulncheck -format json` printed
 *  @throws Error when it broke off after it had reached its database */
export function readGo(text: string, hasEnded: boolean): Answer {
	const messages = concatenated(text) as readonly GoMessage[];
	const config = messages.find((message) => message.config !== undefined)?.config;
	if (config === undefined) throw new Error('govulncheck did not begin');
	// The one sign of it: govulncheck asks for the database's date first and leaves it out where it had none.
	if (config.db_last_modified === undefined)
		return { isLookedUp: false, reason: 'the Go vulnerability database was not reached' };
	if (!hasEnded) throw new Error('govulncheck did not come to its end');
	const titles = new Map(
		messages.flatMap(({ osv }) => (osv === undefined ? [] : [[osv.id, osv.summary ?? ''] as const]))
	);
	const found = messages.flatMap(({ finding }) => (finding === undefined ? [] : [finding]));
	const reached = new Map<string, Finding>();
	for (const { osv: id, trace } of found) {
		const [first] = trace;
		if (first?.function === undefined) continue;
		const place = nameOf(trace.at(-1) ?? first);
		const places = new Set([...(reached.get(id)?.places ?? []), place]);
		reached.set(id, { id, name: first.module, title: titles.get(id) ?? '', places: [...places] });
	}
	const others = new Set(found.map(({ osv }) => osv).filter((id) => !reached.has(id)));
	const date = config.db_last_modified.slice(0, 10);
	const note = `database of ${date}${others.size === 0 ? '' : `; in modules, but not reached: ${[...others].sort().join(', ')}`}`;
	return { isLookedUp: true, findings: [...reached.values()], note };
}

const nameOf = ({ package: folder = '', receiver = '', function: name = '' }: GoFrame): string =>
	`${folder}${receiver === '' ? '' : `.${receiver}`}.${name}`;

/** JSON values one after the other, each of which begins with a brace at the start of a line. */
function concatenated(text: string): readonly unknown[] {
	return text
		.split(/^(?=\{)/m)
		.filter((part) => part.trim() !== '')
		.map((part) => JSON.parse(part) as unknown);
}
