// Who may still be here: the lists of now, Headscale's users of now, and what counts while nobody can be asked.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { ACCESS_CHECK_MS } from '$lib/contracts/limits';
import type { UserWire } from '$lib/server/headscale/wire';
import { Standing, STANDING_FRESH_MS, type Patience } from '$lib/server/identity/standing';
import type { LoginSession } from '$lib/server/session/login-session';
import { configWith } from './environment';

const iss = 'https://id.example.com';
const session = {
	sid: 'sid-alice',
	formerSids: [],
	identity: { iss, sub: 'alice', name: 'Alice', email: 'alice@example.com', isEmailVerified: true },
	headscaleUser: { id: '7', name: 'alice' },
	linkError: null,
	issuedAtS: 0,
	absoluteS: 9e9,
	expiresAtS: 9e9
} satisfies LoginSession;
const userOf = (id: string, sub: string): UserWire => ({
	id,
	name: sub,
	displayName: '',
	email: '',
	provider: 'oidc',
	providerId: `${iss}/${sub}`
});

let nowMs = 0;
let users: readonly UserWire[] | 'away';
let asked = 0;
beforeEach(() => {
	nowMs = 1_000_000;
	asked = 0;
	users = [userOf('7', 'alice'), userOf('8', 'bob')];
});
const standingWith = (env: Record<string, string> = {}) =>
	new Standing({
		users: () => {
			asked += 1;
			return users === 'away'
				? Promise.reject(AppError.of('headscale-unreachable'))
				: Promise.resolve(users);
		},
		rules: configWith(env).identity,
		now: () => nowMs
	});
const faultOf = async (standing: Standing, patience?: Patience) =>
	(await standing.of(session, patience)).fault?.code ?? null;

describe('C7 Headscale’s users', () => {
	test('a person whose user is deleted is found out by the next fresh look', async () => {
		const standing = standingWith();
		expect(await faultOf(standing)).toBeNull();
		users = [userOf('8', 'bob')];
		nowMs += ACCESS_CHECK_MS;
		const { session: after, fault } = await standing.of(session, 'fresh');
		expect(fault?.code).toBe('identity-no-headscale-user');
		expect(after).toMatchObject({
			headscaleUser: null,
			linkError: { code: 'identity-no-headscale-user' }
		});
	});

	test('who knows of a deletion asks anew, however fresh the last listing is', async () => {
		const standing = standingWith();
		await faultOf(standing);
		users = [userOf('8', 'bob')];
		nowMs += STANDING_FRESH_MS / 2;
		expect(await faultOf(standing, 'fresh')).toBeNull();
		expect(await faultOf(standing, 'now')).toBe('identity-no-headscale-user');
	});

	test('L10 a user who was made after the last listing is not refused by it', async () => {
		const standing = standingWith();
		users = [userOf('8', 'bob')];
		await standing.of({ ...session, identity: { ...session.identity, sub: 'bob' } }, 'now');
		users = [userOf('7', 'alice'), userOf('8', 'bob')];
		nowMs += STANDING_FRESH_MS / 2;
		expect(await faultOf(standing, 'never')).toBeNull();
		expect(await faultOf(standing)).toBeNull();
		expect(asked).toBe(2);
	});

	test('L10 nor while Headscale does not answer who could tell', async () => {
		const standing = standingWith();
		users = [userOf('8', 'bob')];
		await standing.of({ ...session, identity: { ...session.identity, sub: 'bob' } }, 'now');
		users = 'away';
		nowMs += STANDING_FRESH_MS / 2;
		for (const patience of ['stale', 'fresh', 'now', 'never'] as const)
			expect(await faultOf(standing, patience)).toBeNull();
	});

	test('one that was made anew is the person’s user from then on', async () => {
		users = [userOf('9', 'alice')];
		const { session: after, fault } = await standingWith().of(session);
		expect(fault).toBeNull();
		expect(after.headscaleUser).toEqual({ id: '9', name: 'alice' });
	});

	test('many questions are one listing, and one that is not stale is not waited for', async () => {
		const standing = standingWith();
		await Promise.all([faultOf(standing), faultOf(standing), faultOf(standing)]);
		expect(asked).toBe(1);
		users = [userOf('8', 'bob')];
		nowMs += STANDING_FRESH_MS + 1;
		expect(await faultOf(standing)).toBeNull();
		expect(asked).toBe(2);
		expect(await faultOf(standing)).toBe('identity-no-headscale-user');
	});

	test('the first question of a window waits for none at all', async () => {
		users = [userOf('8', 'bob')];
		const standing = standingWith();
		expect(await faultOf(standing, 'never')).toBeNull();
		expect(await faultOf(standing, 'never')).toBe('identity-no-headscale-user');
	});

	test('a Headscale that hangs is waited for a moment, and the sign-in counts', async () => {
		vi.useFakeTimers();
		try {
			const standing = new Standing({
				users: () => new Promise<never>(() => undefined),
				rules: configWith({}).identity,
				now: () => nowMs
			});
			const answer = faultOf(standing);
			await vi.advanceTimersByTimeAsync(1_000);
			expect(await answer).toBeNull();
		} finally {
			vi.useRealTimers();
		}
	});

	test('while Headscale is away, and where it lists nobody, the sign-in counts', async () => {
		users = 'away';
		const standing = standingWith();
		expect(await faultOf(standing, 'fresh')).toBeNull();
		expect(await faultOf(standing, 'fresh')).toBeNull();
		// One question: a Headscale that hangs holds nobody up twice.
		expect(asked).toBe(1);
		nowMs += 10_000;
		users = [];
		expect(await faultOf(standing, 'fresh')).toBeNull();
		expect(asked).toBe(2);
	});
});

describe('C7 [oidc-claim-refused] the lists of now, for a sign-in of before', () => {
	const grouped = (groups: readonly string[]): LoginSession => ({
		...session,
		identity: { ...session.identity, groups }
	});
	test.each<[Record<string, string>, LoginSession, boolean]>([
		[{ HEADTAB_ALLOWED_DOMAINS: 'example.com' }, session, true],
		[{ HEADTAB_ALLOWED_DOMAINS: 'example.org' }, session, false],
		[{ HEADTAB_ALLOWED_USERS: 'bob@example.com' }, session, false],
		[{ HEADTAB_ALLOWED_GROUPS: 'ops' }, grouped(['ops']), true],
		[{ HEADTAB_ALLOWED_GROUPS: 'ops' }, grouped(['dev']), false],
		// From before groups were kept: they have to be told once more.
		[{ HEADTAB_ALLOWED_GROUPS: 'ops' }, session, false]
	])('%j', async (env, who, isAllowed) => {
		const { fault } = await standingWith(env).of(who);
		expect(fault?.code ?? null).toBe(isAllowed ? null : 'oidc-claim-refused');
		expect(asked).toBe(isAllowed ? 1 : 0);
	});

	test('HEADTAB_IDENTITY_MAP counts as it is now', async () => {
		const who: LoginSession = { ...session, identity: { ...session.identity, sub: 'al' } };
		const { session: after } = await standingWith({ HEADTAB_IDENTITY_MAP: 'al=bob' }).of(who);
		expect(after.headscaleUser).toEqual({ id: '8', name: 'bob' });
		const { fault } = await standingWith().of(who);
		expect(fault?.code).toBe('identity-no-headscale-user');
	});
});
