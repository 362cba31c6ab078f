// What was tried against Headtab: the cases of bad input and faults, and which one a test's title names.
// docs/CASES.md (tests/unit/stack/cases.gen.test.ts) and the last lines of `npm test` are made from it.
import { stripVTControlCharacters } from 'node:util';

/** Groups by their letter, cases by their number, in the order of the page. */
export const CASE_GROUPS = {
	L: 'Signing in',
	C: 'Login sessions and cookies',
	K: 'Issuing keys',
	R: 'Relay',
	N: 'Node, DERP and control',
	H: 'SSH',
	J: 'Agent and janitor',
	P: 'App and browser',
	F: 'Configuration',
	D: 'Deployment'
};

/** @type {Readonly<Record<string, string>>} */
export const CASES = {
	L1: 'The provider is away, answers 5xx or nothing, at start and later',
	L2: 'Discovery names another issuer',
	L3: 'A callback without its cookie, with a wrong or used state, or too late',
	L4: 'The provider says no, with a long description full of markup',
	L5: 'A callback that names another issuer, or none where one is announced',
	L6: 'The token endpoint refuses, answers a page, too much, a redirect, or never',
	L7: 'Forged and unfit ID tokens of every kind',
	L8: 'The provider rotates its keys; tokens with random key ids',
	L9: 'email_verified false, absent or a string, under a list of domains',
	L10: 'An identity without a Headscale user, with two, or with an ambiguous sub',
	L11: 'Return paths that lead elsewhere',
	L12: 'Another person signs in over a session of the same browser',
	L13: 'Signing in twice at once; Back onto the callback',
	L14: 'Thirty sign-ins in a minute from one address',

	C1: 'Cookies cut, flipped, oversized, of another kind or key, with other headers',
	C2: 'The session key is rotated, then the old one removed',
	C3: 'The login session runs out under an open terminal',
	C4: 'Back-channel logout, right and wrong',
	C5: 'Changing requests from another origin, from none, or as plain text',
	C6: 'Signing out in one of several windows',
	C7: 'A person is removed from the group or from Headscale in mid-session',
	C8: 'The clock of this server is ten minutes wrong',

	K1: 'A key by GET or HEAD, or with fields of one’s own',
	K2: 'Headscale refuses the API key',
	K3: 'Headscale answers errors, pages, nothing, half, or never',
	K4: 'Headscale answers with another key than was asked for',
	K5: 'Headscale’s clock differs from ours',
	K6: 'A key used twice, expired before its use, or revoked',
	K7: 'Twenty keys in a minute',
	K8: 'The browser is closed between key and join',
	K9: 'Headtab restarts between key and join',

	R1: 'WebSockets from other origins, from none, from a look-alike',
	R2: 'WebSockets without a session, or with one that ended',
	R3: 'Targets by URL, by dots, by regions that are not there',
	R4: 'Upstreams that refuse, are not found, are not trusted, or are something else',
	R5: 'Frames of text, too large, in too many pieces, compressed, or broken',
	R6: 'Five hundred connections that never finish their request',
	R7: 'A client that reads nothing while much is sent to it',
	R8: 'An upstream that dies; a client that vanishes',
	R9: 'One connection more than a session, or the server, may have',
	R10: 'The server is stopped, or killed, under open relays',
	R11: 'A handshake of a hundred kilobytes',
	R12: 'Request smuggling: both lengths, bare line feeds, two hosts',

	N1: 'Headscale restarts under an open shell',
	N2: 'Headscale is away for longer than it keeps the node',
	N3: 'An admin deletes or expires the window’s node',
	N4: 'The home DERP region dies, or all of them',
	N5: 'A slow, lossy, narrow way',
	N6: 'The way is cut for seconds, and for minutes',
	N7: 'The computer sleeps, for a minute or a night',
	N8: 'The clock jumps, a day ahead or an hour back',
	N9: 'A window is duplicated',
	N10: 'The browser freezes a hidden window',
	N11: 'The engine crashes',
	N12: 'No machines, thousands of them, strange and equal names, IPv6 only',
	N13: 'A machine leaves the policy, or the tailnet, in mid-session',
	N14: 'A DERP map that is hostile',
	N15: 'A Headscale that answers 405 to browsers',

	H1: 'The policy denies the machine or the user; the user is not there',
	H2: 'An additional check that is approved, denied, or never answered',
	H3: 'Another host key than announced, or than trusted before',
	H4: 'A server with nothing but old algorithms',
	H5: 'Port 22 is closed, dropped, silent, or something that is not SSH',
	H6: 'A banner of a megabyte, with escapes and bidirectional marks',
	H7: 'A shell that ends at once, by itself or broken off',
	H8: 'A flood of output, a huge file, a line without an end',
	H9: 'Garbage and hostile escape sequences, among them some that never end',
	H10: 'Output faster than it is read or drawn',
	H11: 'Many resizes, and sizes that are none',
	H12: 'Pastes with newlines, control bytes, hidden characters, or megabytes',
	H13: 'Characters that are broken, or cut between packets',
	H14: 'A server that opens channels, and floods with requests',
	H15: 'New keys for the connection, under load',
	H16: 'Access is revoked in mid-session',
	H17: 'Login names that no shell should see',

	J1: 'The agent is off, refused, or deleted',
	J2: 'The agent is killed, its state is damaged',
	J3: 'Nodes and keys that are not ours to remove',
	J4: 'A node comes online between list and removal',
	J5: 'Two replicas sweep',
	J6: 'Headscale fails, lists thousands, or lies',
	J7: 'A crash between the removal of node and key',
	J8: 'A node that registered and was never seen',
	J9: 'SIGTERM during a round',

	P1: 'A new version is deployed under open shells',
	P2: 'A module that is cut, missing, or of another kind',
	P3: 'No room left in the browser’s storage',
	P4: 'The browser’s database is blocked, damaged, newer, or absent',
	P5: 'Two windows write at once, one closes',
	P6: 'No WebGPU, or the graphics context is lost',
	P7: 'Launched without a network',
	P8: 'A crash, or a window closed by accident, with open shells',
	P9: 'Hostile links, also while signed out',
	P10: 'A page that frames us; a script that looks for secrets',
	P11: 'The browser kills the window in the background and restores it',
	P12: 'The browser evicts what was kept',

	F1: 'The origin missing or malformed',
	F2: 'Headscale’s address missing, malformed, unreachable, or our own',
	F3: 'The API key empty, of another kind, doubled, or in a bad file',
	F4: 'The provider’s settings missing or unsafe',
	F5: 'The session key missing, short, a sample, or doubled',
	F6: 'Numbers out of range or without a unit',
	F7: 'The proxy’s headers trusted wrongly',
	F8: 'A setting with a typing error',
	F9: 'The data folder missing, read-only, or full',
	F10: 'Lists of who may sign in that are empty or far too wide',

	D1: 'A proxy that drops upgrades, before Headtab or before Headscale',
	D2: 'A proxy that buffers, cuts what is idle, limits bodies, strips the protocol',
	D3: 'The configured origin is not the one in the address bar',
	D4: 'Headscale is down at start and comes later',
	D5: 'Headscale announces another server_url',
	D6: 'Direct mode with doubled, missing or wrong CORS headers',
	D7: 'A path, an IPv6 literal, another port, a private authority',
	D8: 'A rollback to the version before',
	D9: 'A container that may do and write nothing',
	D10: 'Headscale is upgraded under open sessions'
};

/** A title's beginning: cases, and what may stand between them: error codes, the views of the UI (E1, S1). */
const LEADING = /^(?:\[[a-z0-9-]+\]|([A-Z]\d{1,2})(?:–([A-Z]\d{1,2}))?)(?:\s+|$)/;

/** The words of a title that have the form of a case and stand at its beginning: `[code] E11 H5 …` names H5,
 *  `F1–F5 …` five of them. What is no case is named too, for the one who checks. */
export function casesOf(title) {
	const found = [];
	let rest = title;
	for (;;) {
		const [whole, first, last = first] = LEADING.exec(rest) ?? [];
		if (whole === undefined) return found;
		if (first !== undefined && !/^[ES]/.test(first)) {
			for (let number = Number(first.slice(1)); number <= Number(last.slice(1)); number += 1) {
				found.push(`${first.charAt(0)}${number}`);
			}
		}
		rest = rest.slice(whole.length);
	}
}

/** Go's names have no spaces: `TestN12Snapshot` and its part `H9_a_flood`. */
export const casesOfGo = (name) =>
	name
		.split('/')
		.flatMap((part, index) =>
			index === 0
				? (/^Test((?:[A-Z]\d{1,2})+)(?=[A-Z_]|$)/.exec(part)?.[1]?.match(/[A-Z]\d+/g) ?? [])
				: casesOf(part.replaceAll('_', ' '))
		);

/** What the results of a whole run say, in lines: how many cases are covered by tests that all passed, then
 *  those that are not.
 *  @param results each test that ran: the cases its titles name, and whether it passed */
export function coverage(results) {
	const tests = results.filter(isOfCase);
	const failed = new Set(tests.filter(({ isPassed }) => !isPassed).flatMap(({ cases }) => cases));
	const tried = new Set(tests.flatMap(({ cases }) => cases));
	const all = Object.keys(CASES);
	const held = all.filter((name) => tried.has(name) && !failed.has(name));
	const passed = tests.filter(({ isPassed }) => isPassed).length;
	const lines = [`${held.length} of ${all.length} cases held, ${passed} tests (docs/CASES.md)`];
	const broken = all.filter((name) => failed.has(name));
	const missing = all.filter((name) => !tried.has(name));
	if (broken.length > 0) lines.push(`cases with a failed test: ${broken.join(' ')}`);
	if (missing.length > 0) lines.push(`cases without a test: ${missing.join(' ')}`);
	return lines;
}

/** Each test that failed, in one line: its title, and the first line of what was wrong. */
export const failedTests = (results) =>
	results
		.filter(({ isPassed }) => !isPassed)
		.map(({ title, error }) => (error === '' ? title : `${title}: ${error}`));

const isOfCase = ({ cases }) => cases.length > 0;

/** Tests by what is told of them: the cases that their titles name, and those that failed.
 *  @param titles from the outermost group to the test
 *  @param message what was wrong, if anything */
const resultOf = (titles, cases, isPassed, message = '') => ({
	title: titles.join(' › '),
	cases,
	isPassed,
	error: isPassed ? '' : stripVTControlCharacters(message).split('\n', 1)[0]
});
const isTold = (result) => isOfCase(result) || !result.isPassed;

/** The tests of a Vitest JSON report that have a case, or failed. */
export const vitestResults = (report) =>
	report.testResults.flatMap(({ assertionResults }) =>
		assertionResults
			// What was left out has not failed; it is counted as skipped.
			.filter(({ status }) => status === 'passed' || status === 'failed')
			.map(({ ancestorTitles, title, status, failureMessages }) => {
				const titles = [...ancestorTitles, title];
				return resultOf(titles, titles.flatMap(casesOf), status === 'passed', failureMessages?.[0]);
			})
			.filter(isTold)
	);

/** The same of a Playwright JSON report. */
export function playwrightResults(report) {
	const results = [];
	const visit = ({ title, suites = [], specs = [] }, above) => {
		const titles = [...above, title];
		for (const spec of specs) {
			const all = [...titles, spec.title];
			const message = (spec.tests ?? [])
				.flatMap((test) => test.results)
				.find(({ error }) => error !== undefined)?.error.message;
			results.push(resultOf(all, all.flatMap(casesOf), spec.ok, message));
		}
		for (const suite of suites) visit(suite, titles);
	};
	for (const suite of report.suites) visit(suite, []);
	return results.filter(isTold);
}

/** The same of a Go test's name. */
export const goResult = (name, isPassed) => resultOf([name], casesOfGo(name), isPassed);
