// Proofs that a node or a key is ours: names of agents, marks of expiries, the list of issued keys.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hostnames } from '$lib/server/keys/hostname';
import { publicPart } from '$lib/server/headscale/wire';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';

const KEY = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const AT = Date.parse('2026-11-23T18:00:00.900Z');

describe('marked expiries', () => {
	const marks = new KeyMarks([KEY]);

	test('are of the asked second, and recognised as Headscale writes them back', () => {
		const expiration = marks.expiration('7', AT);
		expect(expiration).toMatch(/^2026-11-23T18:00:00\.\d{6}Z$/);
		expect(marks.isOurs({ userId: '7', expiration })).toBe(true);
		expect(marks.isOurs({ userId: '7', expiration: expiration.replace('Z', '000Z') })).toBe(true);
		// protojson leaves out groups of zeros.
		expect(marks.isOurs({ userId: '7', expiration: expiration.replace(/0{3}Z$/, 'Z') })).toBe(true);
	});

	test('are nobody else’s: another user, second, server, or just a time', () => {
		const expiration = marks.expiration('7', AT);
		expect(marks.isOurs({ userId: '8', expiration })).toBe(false);
		expect(marks.isOurs({ userId: '7', expiration: expiration.replace(':00.', ':01.') })).toBe(
			false
		);
		expect(new KeyMarks([OTHER]).isOurs({ userId: '7', expiration })).toBe(false);
		for (const foreign of [
			'2026-11-23T18:00:00Z',
			'2026-11-23T18:00:00.000Z',
			expiration.replace('Z', '123Z'),
			'0001-01-01T00:00:00Z',
			'',
			'soon'
		])
			expect(marks.isOurs({ userId: '7', expiration: foreign })).toBe(false);
	});

	test('survive a rotation of the session keys', () => {
		const expiration = marks.expiration('', AT);
		expect(new KeyMarks([OTHER, KEY]).isOurs({ userId: '', expiration })).toBe(true);
	});
});

test('the public part of a key holds nothing of its secret', () => {
	const part = 'hskey-auth-a-c_-f01234-';
	expect(publicPart(`${part}-${'s-'.repeat(32)}`)).toBe(part);
	expect(publicPart(`${part}-***`)).toBe(part);
	for (const old of ['', 'f'.repeat(48), 'hskey-auth-short-x']) expect(publicPart(old)).toBe('');
});

test('names of agents prove themselves, and are no window’s', () => {
	const hostnames = new Hostnames([KEY]);
	const name = hostnames.makeAgent();
	expect(name).toMatch(/^headtab-agent-[a-z2-7]{8}-[a-z2-7]{10}$/);
	expect(hostnames.isAgent(name)).toBe(true);
	expect(hostnames.isOf(name, '7')).toBe(false);
	expect(new Hostnames([OTHER]).isAgent(name)).toBe(false);
	expect(hostnames.isAgent('headtab-agent-aaaaaaaa-aaaaaaaaaa')).toBe(false);
	expect(hostnames.isAgent(hostnames.make({ sid: 's', userId: '7' }))).toBe(false);
});

describe('the list of issued keys', () => {
	const log = makeLogger({ level: 'silent', secrets: [] });
	let folder: string;
	beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headtab-ledger-'))));
	afterEach(() => rmSync(folder, { recursive: true }));

	test('outlives the process, readable by nobody else', async () => {
		const ledger = new KeyLedger(folder, log);
		ledger.add('12');
		ledger.add('13');
		ledger.remove('12');
		await ledger.flush();
		const file = join(folder, 'keys.json');
		expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(['13']);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		const next = new KeyLedger(folder, log);
		expect(next.has('13')).toBe(true);
		expect(next.has('12')).toBe(false);
	});

	test('keeps which keys are of windows, and an older version reads the ids', async () => {
		const publicPart = 'hskey-auth-aBc_-f012345';
		const hostname = new Hostnames([KEY]).make({ sid: 's', userId: '7' });
		const ledger = new KeyLedger(folder, log);
		ledger.add('12', { publicPart, hostname });
		ledger.add('13');
		ledger.add('12');
		await ledger.flush();
		const entries: unknown = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
		expect(entries).toEqual(['12', '13', `12 ${publicPart} ${hostname}`]);
		const next = new KeyLedger(folder, log);
		expect(next.hostnameFor({ id: '12', publicPart })).toBe(hostname);
		expect(next.hostnameFor({ id: '12', publicPart: 'hskey-auth-zzzzzzzzzzzz' })).toBeNull();
		expect(next.hostnameFor({ id: '13', publicPart: '' })).toBeNull();
		expect(next.hostnameFor({ id: '14', publicPart })).toBeNull();
	});

	test('a damaged one begins anew, and strange entries are dropped', () => {
		writeFileSync(join(folder, 'keys.json'), '["1","x","../2",3');
		expect(new KeyLedger(folder, log).has('1')).toBe(false);
		writeFileSync(join(folder, 'keys.json'), '["1","x","../2",3]');
		const ledger = new KeyLedger(folder, log);
		expect(['1', 'x', '../2', '3'].map((id) => ledger.has(id))).toEqual([
			true,
			false,
			false,
			false
		]);
	});
});
