// The login session's cookie: what opens, what does not, and that nothing else ever happens.
import { EncryptJWT } from 'jose';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CookieNames, readCookie } from '$lib/server/session/cookies';
import { LoginSessions } from '$lib/server/session/login-session';
import { deriveKey, Sealer } from '$lib/server/session/seal';
import { configWith, newKey } from './environment';

const identity = {
	iss: 'https://id.example.com',
	sub: 'alice',
	name: 'Alice',
	email: 'alice@example.com',
	isEmailVerified: true
};
const link = { headscaleUser: { id: '7', name: 'alice' }, linkError: null };
let nowMs = Date.parse('2026-11-23T12:00:00Z');
const now = () => nowMs;
const sessionsOf = (keys: string) =>
	new LoginSessions({ config: configWith({ HEADTAB_SESSION_KEYS: keys }), now });

test('a sealed session opens to what it was', async () => {
	const sessions = sessionsOf(newKey());
	const session = sessions.start(identity, link);
	const opened = await sessions.open(await sessions.seal(session));
	expect(opened).toEqual({ session, resealed: null });
});

test('each login has a new sid', () => {
	const sessions = sessionsOf(newKey());
	expect(sessions.start(identity, link).sid).not.toBe(sessions.start(identity, link).sid);
});

describe('C1 cookies that are none', () => {
	const key = newKey();
	const sessions = sessionsOf(key);
	const sealed = () => sessions.seal(sessions.start(identity, link));

	test('cut, changed at any place, 10 KB, empty', async () => {
		const value = await sealed();
		await fc.assert(
			fc.asyncProperty(
				fc.nat(value.length - 2),
				fc.constantFrom('cut', 'change'),
				async (at, how) => {
					const other = value[at] === 'A' ? 'B' : 'A';
					const bad =
						how === 'cut' ? value.slice(0, at) : value.slice(0, at) + other + value.slice(at + 1);
					expect(await sessions.open(bad)).toBeNull();
				}
			),
			{ numRuns: 200 }
		);
		for (const bad of ['', 'x', 'a.b.c.d.e', 'A'.repeat(10_240)])
			expect(await sessions.open(bad)).toBeNull();
		expect(await sessions.open(undefined)).toBeNull();
	});

	test('of another key, and a sign-in attempt in its place', async () => {
		expect(await sessionsOf(newKey()).open(await sealed())).toBeNull();
		const attempts = new Sealer({
			keys: [Buffer.from(key, 'base64')],
			purpose: 'login',
			now
		});
		const attempt = await attempts.seal({ typ: 'session', sid: 'x' }, nowMs / 1000 + 60);
		expect(await sessions.open(attempt)).toBeNull();
	});

	test('another alg or enc, a zip header, a kid of its own', async () => {
		const bytes = deriveKey(Buffer.from(key, 'base64'), 'seal session');
		const make = (header: Record<string, string>) =>
			new EncryptJWT({ typ: 'session', sid: 'x' })
				.setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
				.setAudience('session')
				.setExpirationTime(nowMs / 1000 + 60)
				.encrypt(bytes);
		expect(await sessions.open(await make({}))).toBeNull();
		expect(await sessions.open(await make({ kid: 'other' }))).toBeNull();
		const value = await sealed();
		const [head = '', ...rest] = value.split('.');
		const header = Buffer.from(head, 'base64url').toString('utf8');
		for (const changed of [
			header.replace('A256GCM', 'A128GCM'),
			header.replace('"dir"', '"A256KW"'),
			header.replace('{', '{"zip":"DEF",')
		]) {
			expect(changed).not.toBe(header);
			const bad = [Buffer.from(changed).toString('base64url'), ...rest].join('.');
			expect(await sessions.open(bad)).toBeNull();
		}
	});
});

test('C2 the second key still opens and asks for a new seal; a removed key does not', async () => {
	const [old, next] = [newKey(), newKey()];
	const before = sessionsOf(old);
	const value = await before.seal(before.start(identity, link));
	const rotated = await sessionsOf(`${next},${old}`).open(value);
	expect(rotated?.resealed).not.toBeNull();
	expect(await sessionsOf(next).open(value)).toBeNull();
});

test('a session ends when idle, is prolonged by use, and ends absolutely', async () => {
	const sessions = new LoginSessions({
		config: configWith({ HEADTAB_SESSION_IDLE_S: '3600', HEADTAB_SESSION_ABSOLUTE_S: '7200' }),
		now
	});
	const start = nowMs;
	const session = sessions.start(identity, link);
	const value = await sessions.seal(session);
	nowMs = start + 3000_000;
	const { resealed } = (await sessions.open(value)) ?? {};
	expect(resealed?.expiresAtS).toBe(Math.floor(start / 1000) + 6600);
	const second = resealed === null || resealed === undefined ? '' : await sessions.seal(resealed);
	expect(sessions.expiryOf(session)).toBe(Math.floor(start / 1000) + 6600);
	nowMs = start + 3601_000;
	expect(await sessions.open(value)).toBeNull();
	expect(await sessions.open(second)).not.toBeNull();
	nowMs = start + 7200_000;
	expect(await sessions.open(second)).toBeNull();
	nowMs = start;
});

test('an ended session opens no more, and listeners hear of it', async () => {
	const sessions = sessionsOf(newKey());
	const session = sessions.start(identity, link);
	const value = await sessions.seal(session);
	const other = sessions.start(identity, link);
	await sessions.seal(other);
	const heard: string[] = [];
	const stop = sessions.onEnd((ended) => heard.push(...ended.map(({ sid }) => sid)));
	sessions.end(session);
	stop();
	sessions.end(other);
	expect(heard).toEqual([session.sid]);
	expect(await sessions.open(value)).toBeNull();
	expect(await sessions.isOver(value)).toBe(true);
	expect(await sessions.isOver(`${value}x`)).toBe(false);
});

test('signing in again follows the former session: it goes on, and ends with the new one', async () => {
	const sessions = sessionsOf(newKey());
	const former = sessions.start(identity, link);
	const value = await sessions.seal(former);
	const next = sessions.start(identity, link, former);
	expect(next.sid).not.toBe(former.sid);
	expect((await sessions.open(await sessions.seal(next)))?.session.formerSids).toEqual([
		former.sid
	]);
	expect(await sessions.open(value)).not.toBeNull();
	sessions.end(next);
	expect(await sessions.open(value)).toBeNull();
});

describe('the end of more than one', () => {
	const of = (sub: string, providerSid?: string) => ({
		...identity,
		sub,
		...(providerSid === undefined ? {} : { providerSid })
	});
	const living = async (sessions: LoginSessions, values: readonly string[]) =>
		(await Promise.all(values.map((value) => sessions.open(value)))).map((one) => one !== null);

	test('everywhere: all of one person, nobody else’s, and not the sign-in after it', async () => {
		const sessions = sessionsOf(newKey());
		const seal = (sub: string) => sessions.seal(sessions.start(of(sub), link));
		const values = [await seal('alice'), await seal('alice'), await seal('bob')];
		sessions.endPerson(of('alice'));
		nowMs += 1;
		values.push(await seal('alice'));
		expect(await living(sessions, values)).toEqual([false, false, true, true]);
	});

	test('C4 by the provider’s sid: that sign-in, and those of the person that name none', async () => {
		const sessions = sessionsOf(newKey());
		const seal = (sub: string, sid?: string) => sessions.seal(sessions.start(of(sub, sid), link));
		const values = [
			await seal('alice', 'p1'),
			await seal('alice', 'p2'),
			await seal('alice'),
			await seal('bob')
		];
		sessions.endAtProvider({ iss: identity.iss, providerSid: 'p1', sub: 'alice' });
		expect(await living(sessions, values)).toEqual([false, true, false, true]);
		sessions.endAtProvider({ iss: 'https://other.example', providerSid: 'p2', sub: null });
		expect(await living(sessions, values)).toEqual([false, true, false, true]);
	});
});

test('the largest identity fits into a cookie', async () => {
	const sessions = sessionsOf(newKey());
	const value = await sessions.seal(
		sessions.start(
			{
				iss: `https://${'i'.repeat(200)}`,
				sub: 's'.repeat(255),
				name: 'n'.repeat(500),
				email: `${'e'.repeat(400)}@example.com`,
				isEmailVerified: true,
				providerSid: 'p'.repeat(255),
				groups: Array.from({ length: 50 }, (_, index) => `group-number-${String(index)}`)
			},
			{ headscaleUser: { id: '18446744073709551615', name: 'u'.repeat(63) }, linkError: null }
		)
	);
	expect(value.length).toBeLessThan(3_500);
});

describe('cookies', () => {
	test('are __Host- and Secure on https; on loopback http named by the port', () => {
		const secure = new CookieNames('https://tab.example.com');
		expect(secure.session).toBe('__Host-headtab');
		expect(secure.attributes(60)).toEqual({
			path: '/',
			httpOnly: true,
			secure: true,
			sameSite: 'lax',
			maxAge: 60
		});
		const loopback = new CookieNames('http://127.0.0.1:3000');
		expect(loopback.session).toBe('headtab-3000');
		expect(loopback.attributes(60).secure).toBe(false);
	});

	test('one name twice with two values is no cookie', () => {
		expect(readCookie('a=1; b=2', 'b')).toBe('2');
		expect(readCookie('b=1; b=2', 'b')).toBeUndefined();
		expect(readCookie(undefined, 'b')).toBeUndefined();
	});
});
