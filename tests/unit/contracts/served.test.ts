// The list of what is served: what the build writes is what a window reads, and sha256sum too.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { servedList, withSource } from '../../../release/served';
import { parseServedList } from '../../../src/lib/contracts/served';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
let client: string;

beforeAll(() => {
	client = mkdtempSync(join(tmpdir(), 'headtab-served-'));
	mkdirSync(join(client, 'wasm'));
	for (const name of ['a.js', 'a.js.br', 'a.js.gz', 'served.txt', 'wasm/headtab.wasm'])
		writeFileSync(join(client, name), '');
});
afterAll(() => {
	rmSync(client, { recursive: true, force: true });
});

test('it has every file but itself and the compressed copies, with version and commit', () => {
	const list = servedList(client, { version: '1.2.3', commit: COMMIT });
	expect(parseServedList(list)).toEqual({
		version: '1.2.3',
		commit: COMMIT,
		files: new Map([
			['a.js', EMPTY],
			['wasm/headtab.wasm', EMPTY]
		])
	});
	const none = withSource(list, { version: '1.2.4', commit: null });
	expect(parseServedList(none)).toMatchObject({ version: '1.2.4', commit: null });
	expect(parseServedList(none)?.files.size).toBe(2);
});

test('sha256sum checks it as it is, and finds what was changed', () => {
	const list = servedList(client, { version: '1.2.3', commit: COMMIT });
	const check = () =>
		execFileSync('sha256sum', ['--check', '--strict'], {
			cwd: client,
			input: list,
			encoding: 'utf8',
			stdio: 'pipe'
		});
	expect(check()).toBe('a.js: OK\nwasm/headtab.wasm: OK\n');
	writeFileSync(join(client, 'a.js'), 'alert(1)');
	expect(check).toThrow('1 computed checksum did NOT match');
});

test('what has no line of it is no list, and a line that is none is left out', () => {
	for (const text of ['', '# Headtab 1.0.0\n', '<!doctype html>', 'abc  a.js\n'])
		expect(parseServedList(text)).toBeNull();
	const list = `# Headtab ../../x\n# commit zz\n${EMPTY}  a.js\n${EMPTY}  b c\nnonsense\n`;
	expect(parseServedList(list)).toEqual({
		version: '',
		commit: null,
		files: new Map([['a.js', EMPTY]])
	});
	expect(parseServedList(`${EMPTY} *a.js\r\n`)?.files.size).toBe(1);
});
