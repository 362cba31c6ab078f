// The archive writer: what tar reads back, and that nothing but the files decides its bytes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gzip, tar, type TarEntry } from '../../../release/tar';

const file = (path: string, text: string, isExecutable = false): TarEntry => ({
	path,
	bytes: Buffer.from(text),
	isExecutable
});
const LONG = `top/${'folder-of-thirty-characters-xx/'.repeat(4)}file.js`;
const ENTRIES = [
	file('top/b.txt', 'two'),
	file('top/', ''),
	file('top/a.txt', 'x'.repeat(1000)),
	file('top/run.sh', '#!/bin/sh\n', true),
	file(LONG, 'deep')
];

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-tar-'));
});
afterEach(() => {
	rmSync(folder, { recursive: true, force: true });
});

test('tar unpacks what was packed: contents, modes, time and long paths', () => {
	const archive = join(folder, 'a.tar.gz');
	writeFileSync(archive, gzip(tar(ENTRIES, 1_700_000_000)));
	const said = execFileSync('tar', ['-xzvf', archive, '-C', folder], { encoding: 'utf8' });
	expect(said.trim().split('\n')).toEqual(['top/', 'top/a.txt', 'top/b.txt', LONG, 'top/run.sh']);
	expect(readFileSync(join(folder, 'top/a.txt'), 'utf8')).toBe('x'.repeat(1000));
	expect(readFileSync(join(folder, LONG), 'utf8')).toBe('deep');
	expect(statSync(join(folder, 'top/b.txt')).mode & 0o777).toBe(0o644);
	expect(statSync(join(folder, 'top/run.sh')).mode & 0o777).toBe(0o755);
	expect(statSync(join(folder, 'top/b.txt')).mtimeMs).toBe(1_700_000_000_000);
});

test('the order of the files does not decide its bytes', () => {
	const once = gzip(tar(ENTRIES, 1));
	expect(Buffer.compare(once, gzip(tar([...ENTRIES].reverse(), 1)))).toBe(0);
	// gzip's own time is none, its system unknown.
	expect([...once.slice(4, 8), once[9]]).toEqual([0, 0, 0, 0, 255]);
});

test('a path that ustar cannot hold is told, not cut', () => {
	expect(() => tar([file('x'.repeat(101), '')], 1)).toThrow('too long');
});
