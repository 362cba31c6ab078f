// Control sequences in a real session: tests/conformance/suite.py on the target, read back from the terminal; the
// result must be what docs/CONFORMANCE.md says.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '../fixtures/test';
import { CONFORMANCE_MS } from '../fixtures/waits';
import { missingTargetPrograms } from '../../stack/setup.mjs';
import { ROOT } from '../../stack/versions';
import { conformanceTable, type CaseResult, type Causes } from '../conformance/table';
import { openShell } from './shell';

test.use({ hasServiceWorker: false });

/** A case whose screen has to be read has the rows that it should show. */
interface SuiteResult extends CaseResult {
	readonly index?: number;
	readonly rows?: readonly string[];
}

const SUITE = join(ROOT, 'tests', 'conformance');
const TABLE = join(ROOT, 'docs', 'CONFORMANCE.md');
const READ_ROWS = 12;

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

test('control sequences do what docs/CONFORMANCE.md says', async ({ signIn, stack }, info) => {
	test.setTimeout(CONFORMANCE_MS);
	if (missingTargetPrograms().includes('python3'))
		throw new Error('The suite needs python3 on this machine.');
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const out = `/tmp/headtab-conformance-${String(Date.now())}.json`;
	await shell.type(`python3 ${join(SUITE, 'suite.py')} steps ${out}`);
	const screens = new Map<number, readonly string[]>();
	let last = -1;
	for (;;) {
		// One look at the text decides: what comes after it belongs to the next case.
		const text = await shell.log.evaluate(
			(log, known) =>
				new Promise<string>((resolve) => {
					const look = () => {
						const found = /ready:(\d+):/.exec(log.textContent);
						if (found !== null ? Number(found[1]) === known : !log.textContent.includes('finished'))
							return;
						observer.disconnect();
						resolve(log.textContent);
					};
					const observer = new MutationObserver(look);
					observer.observe(log, { childList: true, subtree: true, characterData: true });
					look();
				}),
			last
		);
		const marker = /ready:(\d+):/.exec(text);
		if (marker === null) break;
		last = Number(marker[1]);
		screens.set(last, text.split('\n').slice(0, READ_ROWS));
		await page.keyboard.press('n');
	}
	const raw = json(out) as readonly SuiteResult[];
	rmSync(out, { force: true });
	const ours = raw.map(({ group, name, fault, index, rows }): CaseResult => {
		if (fault !== null || index === undefined) return { group, name, fault };
		const pad = (lines: readonly string[]) =>
			Array.from({ length: READ_ROWS }, (_, at) => (lines[at] ?? '').trimEnd())
				.join('\n')
				.trimEnd();
		const seen = pad(screens.get(index) ?? []);
		return {
			group,
			name,
			fault: seen === pad(rows ?? []) ? null : `shows ${JSON.stringify(seen)}`
		};
	});
	const faults = ours.filter(({ fault }) => fault !== null);
	await info.attach('faults', {
		body: JSON.stringify(faults, null, '\t'),
		contentType: 'application/json'
	});
	const causes = json(join(SUITE, 'causes.json')) as Causes;
	expect(
		faults.map(({ name }) => name),
		`What failed:\n${faults.map(({ name, fault }) => `${name}: ${fault ?? ''}`).join('\n')}`
	).toEqual(Object.keys(causes));
	const xterm = json(join(SUITE, 'xterm-379.json')) as readonly CaseResult[];
	expect(xterm.map(({ name }) => name)).toEqual(ours.map(({ name }) => name));
	const table = await conformanceTable(TABLE, ours, xterm, causes);
	if (process.env['HEADTAB_WRITE'] === '1') writeFileSync(TABLE, table);
	expect(readFileSync(TABLE, 'utf8')).toBe(table);
});
