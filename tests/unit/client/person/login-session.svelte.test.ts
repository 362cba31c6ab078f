// Who is signed in, as the window knows it.
import { describe, expect, it, vi } from 'vitest';
import type { PersonView, PublicConfig, SessionAnswer } from '$lib/contracts/api';
import { AppError } from '$lib/contracts/app-error';
import {
	ENDS_SOON_MS,
	LoginSession,
	RECALL_AFTER_MS,
	type LoginSessionOptions
} from '$lib/client/person/login-session.svelte';
import type { RememberedLogin } from '$lib/client/person/remembered-login';
import { FakeClock, settle } from '../fakes';

const config: PublicConfig = {
	version: '1',
	providerHost: 'id.example',
	origin: 'https://tab.example',
	mode: 'relay',
	policy: '',
	headscaleOrigin: 'https://hs.example',
	wasm: null
};
const person: PersonView = {
	id: 'p',
	name: 'alice',
	email: 'alice@example.org',
	headscaleUser: 'alice',
	sessionEndsInMs: 12 * 3_600_000
};
const linkError = AppError.of('identity-no-headscale-user', {
	person: 'carol',
	claim: 'sub'
}).toWire();
const answer = (more: Partial<SessionAnswer>): SessionAnswer => ({
	person,
	linkError: null,
	loginError: null,
	accessError: null,
	config,
	...more
});

/** A device, and what was asked of it. */
function device(kept: Awaited<ReturnType<RememberedLogin['load']>> = null) {
	const calls: string[] = [];
	const note = (name: string) => () => {
		calls.push(name);
		return Promise.resolve();
	};
	const remembered: RememberedLogin = {
		load: () => Promise.resolve(kept),
		save: note('save'),
		drop: note('drop')
	};
	return { calls, remembered };
}

/** @param answers in turn; 'never' is a network that swallows the question */
function session(
	answers: readonly (SessionAnswer | Promise<SessionAnswer> | AppError | 'never')[],
	channel: BroadcastChannel | null = null,
	{ calls, remembered } = device(),
	logout = () => Promise.resolve('/bye')
) {
	const left = [...answers];
	const clock = new FakeClock();
	const take = () => {
		const next = left.shift();
		if (next === 'never') return new Promise<never>(() => undefined);
		return next instanceof AppError || next === undefined
			? Promise.reject(next ?? new Error('no answer left'))
			: Promise.resolve(next);
	};
	const api = {
		session: take,
		relink: take,
		logout,
		logoutEverywhere: () => Promise.resolve('/bye-everywhere')
	};
	const go = vi.fn<LoginSessionOptions['go']>();
	const forget = vi.fn<LoginSessionOptions['forget']>(() => Promise.resolve());
	const options = { api, channel, forget, go, remembered, clock, random: () => 0.5 };
	return { login: new LoginSession(options), forget, go, calls, clock };
}

const AWAY = AppError.of('server-unreachable', { origin: 'x' });

describe('LoginSession', () => {
	it('tells signed out, with what the last attempt ended with', async () => {
		const loginError = AppError.of('oidc-login-refused', { reason: 'no' }).toWire();
		const { login } = session([answer({ person: null, loginError })]);
		await login.ask();
		expect(login.phase).toEqual({ at: 'signed-out', config, error: loginError });
	});

	it('heals an unlinked person without a reload [identity-no-headscale-user]', async () => {
		const { login } = session([answer({ linkError }), answer({})]);
		await login.ask();
		expect(login.phase).toMatchObject({ at: 'unlinked', error: linkError });
		await login.relink();
		expect(login.phase.at).toBe('ready');
	});

	it('shows a server that does not answer, but takes nothing from who works [server-unreachable]', async () => {
		const away = AppError.of('server-unreachable', { origin: 'x' });
		const first = session([away]);
		await first.login.ask();
		expect(first.login.phase).toMatchObject({
			at: 'failed',
			error: { code: 'server-unreachable' }
		});
		const second = session([answer({}), away]);
		await second.login.ask();
		await second.login.ask();
		expect(second.login.phase.at).toBe('ready');
	});

	it('C7 says why the person may no longer be here, keeps the screen, and heals', async () => {
		const accessError = AppError.of('oidc-claim-refused', { claim: 'an allowed email' }).toWire();
		const { login } = session([
			answer({}),
			answer({ person: null, accessError }),
			answer({ linkError }),
			answer({})
		]);
		await login.ask();
		await login.check();
		expect([login.hasEnded, login.accessError, login.phase.at]).toEqual([
			true,
			accessError,
			'ready'
		]);
		// Allowed again, and Headscale's user is gone.
		await login.check();
		expect([login.hasEnded, login.accessError, login.phase.at]).toEqual([true, linkError, 'ready']);
		await login.check();
		expect([login.hasEnded, login.accessError, login.phase.at]).toEqual([false, null, 'ready']);
		login.dispose();
	});

	it('C7 a new window of such a person says why on the sign-in page', async () => {
		const accessError = AppError.of('oidc-claim-refused', { claim: 'an allowed email' }).toWire();
		const { login } = session([answer({ person: null, accessError })]);
		await login.ask();
		expect(login.phase).toMatchObject({ at: 'signed-out', error: accessError });
		login.dispose();
	});

	it('signs out everywhere by the server’s word', async () => {
		const { login, go } = session([answer({})]);
		await login.ask();
		await login.signOut(() => Promise.resolve(), { isEverywhere: true });
		expect(go).toHaveBeenCalledWith('/bye-everywhere');
		login.dispose();
	});

	it('C3 [session-ended] says that the sign-in is over, keeps the screen, and heals', async () => {
		const name = `test-${crypto.randomUUID()}`;
		const away = AppError.of('server-unreachable', { origin: 'x' });
		const gone = answer({ person: null });
		const mine = session([answer({}), away, gone, answer({})], new BroadcastChannel(name));
		const other = session([answer({})], new BroadcastChannel(name));
		await mine.login.ask();
		const stop = mine.login.watch();
		await mine.login.check();
		expect(mine.login.hasEnded).toBe(false);
		dispatchEvent(new Event('online'));
		await expect.poll(() => mine.login.hasEnded).toBe(true);
		expect(mine.login.phase.at).toBe('ready');
		// Signed in again in another tab.
		await other.login.ask();
		await expect.poll(() => mine.login.hasEnded).toBe(false);
		expect(mine.login.phase.at).toBe('ready');
		stop();
		mine.login.dispose();
		other.login.dispose();
	});

	it('L12 takes the screen from who was there when somebody else signs in, and says whose it was', async () => {
		const bob = { ...person, id: 'q', name: 'bob' };
		const { login } = session([answer({}), answer({}), answer({ person: bob })]);
		await login.ask();
		await login.check();
		expect(login.formerPerson).toBe(null);
		await login.check();
		expect(login.phase).toMatchObject({ at: 'ready', person: { id: 'q' } });
		expect(login.formerPerson).toBe('alice');
		login.dismissFormerPerson();
		expect(login.formerPerson).toBe(null);
	});

	it('L12 asks by itself when another window says that somebody else is there, and only then', async () => {
		const name = `test-${crypto.randomUUID()}`;
		const bob = { ...person, id: 'q', name: 'bob' };
		const mine = session([answer({}), answer({ person: bob })], new BroadcastChannel(name));
		await mine.login.ask();
		const beside = session([answer({}), answer({ person: bob })], new BroadcastChannel(name));
		// Hers first: had it asked then, there would be no answer left.
		await beside.login.ask();
		await beside.login.ask();
		await expect.poll(() => mine.login.formerPerson).toBe('alice');
		mine.login.dispose();
		beside.login.dispose();
	});

	it('L12 an answer of before that comes after that of a later question counts no more', async () => {
		const bob = { ...person, id: 'q', name: 'bob' };
		let late = (_: SessionAnswer) => {};
		const first = new Promise<SessionAnswer>((resolve) => (late = resolve));
		const { login, calls } = session([answer({}), first, answer({ person: bob })]);
		await login.ask();
		const overtaken = login.check();
		await login.check();
		late(answer({ person: null }));
		await overtaken;
		expect(login.hasEnded).toBe(false);
		expect(login.phase).toMatchObject({ at: 'ready', person: { id: 'q' } });
		expect(calls).not.toContain('drop');
		login.dispose();
	});

	it('L12 the first answer, where a later question overtook it, counts no more', async () => {
		const bob = { ...person, id: 'q', name: 'bob' };
		let late = (_: SessionAnswer) => {};
		const first = new Promise<SessionAnswer>((resolve) => (late = resolve));
		const { login, clock } = session(
			[first, answer({ person: bob })],
			null,
			device({ person, config })
		);
		const overtaken = login.ask();
		clock.advance(RECALL_AFTER_MS);
		await settle();
		expect(login.phase.at).toBe('ready');
		await login.check();
		late(answer({}));
		await overtaken;
		expect(login.phase).toMatchObject({ at: 'ready', person: { id: 'q' } });
		login.dispose();
	});

	it('L12 what this device remembers of somebody else was never on the screen', async () => {
		const bob = { ...person, id: 'q', name: 'bob' };
		const { login } = session([AWAY, answer({ person: bob })], null, device({ person, config }));
		await login.ask();
		await login.check();
		expect(login.phase).toMatchObject({ at: 'ready', person: { id: 'q' } });
		expect(login.formerPerson).toBe(null);
		login.dispose();
	});

	it('C3 says five minutes before that the sign-in ends, until it is prolonged', async () => {
		const name = `test-${crypto.randomUUID()}`;
		const left = (sessionEndsInMs: number) => answer({ person: { ...person, sessionEndsInMs } });
		const { login, clock } = session(
			[left(ENDS_SOON_MS + 60_000), left(3_600_000), left(1_000), answer({ person: null })],
			new BroadcastChannel(name)
		);
		const beside = session([answer({})], new BroadcastChannel(name));
		await login.ask();
		const endsAtMs = clock.now() + ENDS_SOON_MS + 60_000;
		clock.advance(59_999);
		expect(login.endsAtMs).toBe(null);
		clock.advance(1);
		expect(login.endsAtMs).toBe(endsAtMs);
		// Signed in anew in another tab: this window asks by itself.
		await beside.login.ask();
		await expect.poll(() => login.endsAtMs).toBe(null);
		await login.check();
		expect(login.endsAtMs).toBe(clock.now() + 1_000);
		await login.check();
		expect([login.endsAtMs, login.hasEnded]).toEqual([null, true]);
		login.dispose();
		beside.login.dispose();
		expect(clock.pending).toBe(0);
	});

	it('C3 a sign-in of a month sets no timer that would fire at once', async () => {
		const endsInMs = 90 * 24 * 3_600_000;
		const { login, clock } = session([
			answer({ person: { ...person, sessionEndsInMs: endsInMs } })
		]);
		await login.ask();
		expect([login.endsAtMs, clock.pending]).toEqual([null, 0]);
		login.dispose();
	});

	it('C6 signs out: node first, then the cookie, what the device knows, the other windows', async () => {
		const name = `test-${crypto.randomUUID()}`;
		const mine = session([answer({})], new BroadcastChannel(name));
		const other = session([answer({})], new BroadcastChannel(name));
		await mine.login.ask();
		await other.login.ask();
		const order: string[] = [];
		await mine.login.signOut(() => {
			order.push(mine.login.phase.at);
			return Promise.resolve();
		});
		expect(order).toEqual(['ready']);
		expect(mine.login.phase.at).toBe('signed-out');
		expect(mine.go).toHaveBeenCalledWith('/bye');
		// Before the page is left: nobody would be there to do it.
		expect(mine.forget.mock.invocationCallOrder[0]).toBeLessThan(
			mine.go.mock.invocationCallOrder[0] ?? 0
		);
		await expect.poll(() => other.login.phase.at).toBe('signed-out');
		expect(other.forget).toHaveBeenCalledOnce();
		mine.login.dispose();
		other.login.dispose();
	});

	it('opens with who was here last while the server is away, and goes on by itself', async () => {
		const kept = device({ person, config });
		const { login, clock } = session([AWAY, AWAY, answer({})], null, kept);
		await login.ask();
		expect(login.phase).toMatchObject({ at: 'ready', person: { id: 'p' } });
		expect(login.awaySinceMs).toBe(clock.now());
		clock.advance(60_000);
		await settle();
		expect(login.awaySinceMs).not.toBe(null);
		clock.advance(60_000);
		await settle();
		expect(login.awaySinceMs).toBe(null);
		expect(kept.calls).toContain('save');
	});

	it('does not wait for a network that swallows everything', async () => {
		const { login, clock } = session(['never'], null, device({ person, config }));
		void login.ask();
		await settle();
		expect(login.phase.at).toBe('asking');
		clock.advance(RECALL_AFTER_MS);
		await settle();
		expect(login.phase.at).toBe('ready');
	});

	it('is signed out when the server says so after the memory said otherwise', async () => {
		const kept = device({ person, config });
		const { login } = session([AWAY, answer({ person: null })], null, kept);
		await login.ask();
		await login.check();
		expect(login.phase.at).toBe('signed-out');
		expect(kept.calls).toContain('drop');
	});

	it('tries again at a first visit that found no server', async () => {
		const { login, clock } = session([AWAY, answer({})]);
		await login.ask();
		expect(login.phase.at).toBe('failed');
		clock.advance(60_000);
		await settle();
		expect(login.phase.at).toBe('ready');
	});

	it('forgets on signing out also when the server cannot be told', async () => {
		const { login, forget } = session([answer({})], null, device(), () => Promise.reject(AWAY));
		await login.ask();
		await login.signOut(() => Promise.resolve());
		expect(login.phase.at).toBe('failed');
		expect(forget).toHaveBeenCalledOnce();
	});
});
