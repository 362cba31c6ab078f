// D8 An older release takes the place of a newer one: what the newer has left in cookies and files.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentStateFile } from '$lib/server/agent/state';
import { KeyLedger } from '$lib/server/keys/ledger';
import { makeLogger } from '$lib/server/log';
import { LoginSessions } from '$lib/server/session/login-session';
import { Sealer } from '$lib/server/session/seal';
import { configWith, faultsWith } from './environment';

const nowMs = Date.parse('2026-11-23T12:00:00Z');
const now = () => nowMs;
const nowS = nowMs / 1000;
let folder: string;
let lines: string[];
const log = makeLogger({ level: 'debug', secrets: [], write: (line) => lines.push(line) });
beforeEach(() => {
	lines = [];
	folder = mkdtempSync(join(tmpdir(), 'headtab-rollback-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('D8 what a newer release left', () => {
	const keys = [new Uint8Array(32).fill(7)];
	const sessions = new LoginSessions({
		config: { sessionKeys: keys, sessionIdleS: 3600, sessionAbsoluteS: 7200 },
		now
	});
	const sealer = new Sealer({ keys, purpose: 'session', now });
	const claims = {
		typ: 'session',
		sid: 'sid-1',
		was: [],
		iss: 'https://id.example.com',
		sub: 'alice',
		name: 'Alice',
		email: '',
		ev: true,
		user: ['7', 'alice'],
		fault: null,
		at: nowS,
		abs: nowS + 7200
	};
	const opened = async (changes: object) =>
		(await sessions.open(await sealer.seal({ ...claims, ...changes }, nowS + 600)))?.session ??
		null;

	test('a cookie with more in it is the sign-in that it was', async () => {
		expect(await opened({ device: { id: 'x' }, v: 2 })).toMatchObject({
			sid: 'sid-1',
			headscaleUser: { id: '7', name: 'alice' }
		});
	});

	test('a cookie of another shape asks for a sign-in, and never makes somebody else of a person', async () => {
		for (const changes of [
			{ typ: 'session-2' },
			{ sid: undefined },
			{ sub: { issuer: 'x', id: 'alice' } },
			{ abs: new Date(nowMs).toISOString() },
			{ at: null }
		])
			expect(await opened(changes)).toBeNull();
		// Whose user is written otherwise is nobody's until Headscale is asked anew.
		for (const user of [{ id: '7', name: 'alice' }, [7, 'alice'], '7', [['7'], 'alice']])
			expect((await opened({ user }))?.headscaleUser).toBeNull();
	});

	test('the agent’s state of another version is not used, and left until there is a new one', async () => {
		const path = join(folder, 'agent.json');
		const text = JSON.stringify({ version: 2, hostname: 'x', nodeId: '7', state: 'newer' });
		writeFileSync(path, text);
		const file = new AgentStateFile(folder);
		expect(await file.read()).toBeNull();
		expect(readFileSync(path, 'utf8')).toBe(text);
		await file.write({ hostname: 'y', nodeId: null, state: 's' });
		expect(await file.read()).toEqual({ hostname: 'y', nodeId: null, state: 's' });
	});

	test('a list of issued keys in another form begins anew', () => {
		writeFileSync(join(folder, 'keys.json'), JSON.stringify({ version: 2, keys: ['12'] }));
		const ledger = new KeyLedger(folder, log);
		expect(ledger.has('12')).toBe(false);
	});
});

describe('F9 a folder for state that is none, or is full', () => {
	test('is a fault where the agent keeps its keys there, else told once and done without', () => {
		const file = join(folder, 'file');
		writeFileSync(file, '');
		for (const [path, problem] of [
			[join(folder, 'none'), 'ENOENT'],
			[join(file, 'below'), 'ENOTDIR'],
			[file, 'must name a folder']
		] as const) {
			const setting = { HEADTAB_STATE_DIR: path };
			const [line = '', ...more] = faultsWith(setting);
			expect(more).toEqual([]);
			expect(line).toMatch(/^HEADTAB_STATE_DIR: .*; the agent keeps its state there$/);
			expect(line).toContain(problem);
			for (const without of [{ HEADTAB_AGENT: 'off' }, { HEADTAB_AGENT_EPHEMERAL: 'true' }]) {
				const { stateDir, warnings } = configWith({ ...setting, ...without });
				expect(stateDir).toBeNull();
				expect(warnings).toEqual([
					expect.stringMatching(/^HEADTAB_STATE_DIR: .*; nothing is kept$/)
				]);
			}
		}
		expect(configWith({ HEADTAB_STATE_DIR: folder }).stateDir).toBe(folder);
	});

	/** The next write finds no room. */
	const fill = (name: string) =>
		symlinkSync('/dev/full', join(folder, `${name}.${String(process.pid)}.new`));

	test('full: the list of issued keys goes on in memory, the file stays what it was', async () => {
		writeFileSync(join(folder, 'keys.json'), '["12"]');
		fill('keys.json');
		const ledger = new KeyLedger(folder, log);
		ledger.add('13');
		await ledger.flush();
		expect([ledger.has('12'), ledger.has('13')]).toEqual([true, true]);
		expect(readFileSync(join(folder, 'keys.json'), 'utf8')).toBe('["12"]');
		expect(lines.join('')).toContain('ENOSPC');
	});

	test('full: the agent’s last state stays whole', async () => {
		const file = new AgentStateFile(folder);
		await file.write({ hostname: 'x', nodeId: '7', state: 'one' });
		fill('agent.json');
		await expect(file.write({ hostname: 'x', nodeId: '7', state: 'two' })).rejects.toThrow(
			'ENOSPC'
		);
		expect(await file.read()).toMatchObject({ state: 'one' });
	});
});
