// Files of the state folder: what a crash in the middle of a write leaves, and what the next start makes of it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dropDrafts, writeSafely } from '$lib/server/state/file';

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-state-'));
});
afterEach(() => {
	rmSync(folder, { recursive: true, force: true });
});

test('J2 the draft of a process that was killed goes at the next start, and nothing else', async () => {
	await writeSafely(join(folder, 'keys.json'), '["1"]');
	writeFileSync(join(folder, 'keys.json.4711.new'), '["1","2');
	writeFileSync(join(folder, 'agent.json.12.new'), '{');
	writeFileSync(join(folder, 'notes.new'), '');
	dropDrafts(folder);
	expect(readdirSync(folder).sort()).toEqual(['keys.json', 'notes.new']);
	expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe('["1"]');
	expect(statSync(join(folder, 'keys.json')).mode & 0o777).toBe(0o600);
});
