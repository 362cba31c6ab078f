// docs/error-states.md against what it speaks of: every state, codes that exist, tests with those titles,
// pictures that are there and small.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERRORS, isErrorCode } from '../../src/lib/contracts/errors';

const ROOT = join(import.meta.dirname, '..', '..');
const text = readFileSync(join(ROOT, 'docs', 'error-states.md'), 'utf8');
const rows = text
	.split('\n')
	.filter((line) => /^\| (E\d+|–) /.test(line))
	.map((line) => line.split('|').map((cell) => cell.trim()));

test('every state has a row, and every code is one of that state', () => {
	const states = new Set(rows.map(([, state]) => state));
	for (let state = 1; state <= 13; state += 1) expect(states).toContain(`E${String(state)}`);
	for (const [, state, , cell = ''] of rows) {
		const code = /^`(.+)`$/.exec(cell)?.[1];
		if (code === undefined) continue;
		if (!isErrorCode(code)) throw new Error(`${code} is no code`);
		expect('state' in ERRORS[code] ? ERRORS[code].state : null, code).toBe(state);
	}
});

test('every test that it names is there', () => {
	const named = [...text.matchAll(/`(tests\/[^`]+\.ts)`:\s+([^|)]+?)\s*(?:\||\))/g)];
	expect(named.length).toBeGreaterThan(40);
	for (const [, file = '', title = ''] of named) {
		const source = readFileSync(join(ROOT, file), 'utf8');
		expect(source, `${file}: ${title}`).toContain(title);
	}
});

test('every picture is there, and small', () => {
	const pictures = [...text.matchAll(/\((img\/error-[^)]+\.png)\)/g)].map(([, path = '']) => path);
	expect(pictures.length).toBeGreaterThan(15);
	for (const path of pictures) {
		const file = join(ROOT, 'docs', path);
		expect(existsSync(file), path).toBe(true);
		expect(statSync(file).size, path).toBeLessThan(100_000);
	}
});
