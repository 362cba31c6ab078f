// Eleven legs out of what an attempt met, what was measured since and what the server saw.
import { describe, expect, it } from 'vitest';
import { AppError, fullReport } from '$lib/contracts/app-error';
import type { ErrorCode } from '$lib/contracts/errors';
import { LEGS, type Leg, type LegResult } from '$lib/contracts/tailnet';
import type { SshStep } from '$lib/contracts/wasm';
import {
	firstFailed,
	legOf,
	legsOf,
	type LegView,
	type Looked,
	type WayFacts
} from '$lib/client/diagnosis/legs';
import { trailEnd, trailFrom, trailStep, type Trail } from '$lib/client/diagnosis/trail';
import { login, peer } from '../fakes';

const NOT_LOOKED: Looked = { window: [], server: [], running: [] };
const failure = (code: ErrorCode, params: Readonly<Record<string, string>> = {}) => ({
	code,
	params,
	id: 'abc'
});
const trailTo = (...steps: readonly SshStep[]): Trail =>
	steps.reduce((trail, step, at) => trailStep(trail, step, 1_000 + 100 * at), trailFrom(1_000));
const ALL: readonly SshStep[] = ['dialing', 'host-key', 'authenticating', 'pty'];

const facts = (change: Partial<WayFacts> = {}): WayFacts => ({
	node: 'web-1',
	login: login('deploy'),
	peer: peer(),
	ownPhase: { at: 'running' },
	joinSteps: [{ step: 'key', state: 'done', startedAtMs: 0, tookMs: 40 }],
	peerCount: 3,
	derp: 'fra',
	trail: null,
	error: null,
	...change
});
const result = (leg: Leg, change: Partial<LegResult> = {}): LegResult => ({
	leg,
	state: 'ok',
	tookMs: 10,
	detail: '',
	error: null,
	...change
});
const states = (legs: readonly LegView[]) =>
	Object.fromEntries(legs.map(({ leg, state }) => [leg, state]));
const of = (legs: readonly LegView[], leg: Leg) => legs.find((view) => view.leg === leg);

describe('legsOf', () => {
	it('has every leg once, in the order of the way', () => {
		expect(legsOf(facts(), NOT_LOOKED).map(({ leg }) => leg)).toEqual(LEGS);
	});

	it('a second shell over one connection has all its legs', () => {
		const legs = legsOf(
			facts({ trail: trailEnd(trailTo('dialing', 'pty'), 1_150, null) }),
			NOT_LOOKED
		);
		for (const leg of ['tcp', 'ssh', 'host-key', 'auth', 'policy', 'login', 'pty'] as const)
			expect(of(legs, leg)?.state, leg).toBe('ok');
		expect(of(legs, 'auth')?.tookMs).toBeNull();
	});

	it('[tcp-refused] what lies before is as measured, what lies behind not reached', () => {
		const legs = legsOf(
			facts({
				trail: trailEnd(trailTo('dialing'), 2_580, failure('tcp-refused')),
				error: failure('tcp-refused', { node: 'web-1' })
			}),
			{
				window: [
					result('server'),
					result('control'),
					result('derp'),
					result('wireguard', { tookMs: 12 })
				],
				server: [
					result('tcp', {
						state: 'failed',
						error: fullReport(AppError.of('tcp-refused', { node: 'web-1' }).toWire())
					})
				],
				running: []
			}
		);
		expect(states(legs)).toEqual({
			server: 'ok',
			control: 'ok',
			derp: 'ok',
			wireguard: 'ok',
			tcp: 'failed',
			ssh: 'not-reached',
			'host-key': 'not-reached',
			auth: 'not-reached',
			policy: 'not-reached',
			login: 'not-reached',
			pty: 'not-reached'
		});
		expect(of(legs, 'tcp')).toMatchObject({ tookMs: 1_580, error: { code: 'tcp-refused' } });
		expect(of(legs, 'tcp')?.server?.error?.code).toBe('tcp-refused');
		expect(of(legs, 'wireguard')?.said).toBe('web-1 answers over DERP fra');
		expect(firstFailed(legs)?.leg).toBe('tcp');
	});

	it('[wireguard-timeout] a leg that fails before the one of the attempt comes first', () => {
		const legs = legsOf(
			facts({
				trail: trailEnd(trailTo('dialing'), 13_000, failure('tcp-timeout')),
				error: failure('tcp-timeout')
			}),
			{
				...NOT_LOOKED,
				window: [
					result('wireguard', { state: 'failed', error: fullReport(failure('wireguard-timeout')) })
				]
			}
		);
		expect(firstFailed(legs)?.leg).toBe('wireguard');
		expect(states(legs)['tcp']).toBe('not-reached');
	});

	it('[ssh-policy-denies-login] Tailscale SSH knows who one is before the policy refuses', () => {
		const legs = legsOf(
			facts({
				trail: trailEnd(
					trailTo('dialing', 'host-key', 'authenticating'),
					1_500,
					failure('ssh-policy-denies-login')
				),
				error: failure('ssh-policy-denies-login')
			}),
			NOT_LOOKED
		);
		expect(states(legs)).toMatchObject({
			wireguard: 'ok',
			tcp: 'ok',
			ssh: 'ok',
			'host-key': 'ok',
			auth: 'ok',
			policy: 'failed',
			login: 'not-reached',
			pty: 'not-reached'
		});
		expect(of(legs, 'policy')?.tookMs).toBe(300);
	});

	it('[ssh-login-unknown] the policy let it pass, the machine has no such account', () => {
		const legs = legsOf(
			facts({
				trail: trailEnd(
					trailTo('dialing', 'host-key', 'authenticating'),
					1_500,
					failure('ssh-login-unknown')
				),
				error: failure('ssh-login-unknown')
			}),
			NOT_LOOKED
		);
		expect(states(legs)).toMatchObject({ policy: 'ok', login: 'failed', pty: 'not-reached' });
	});

	it('[ssh-auth-failed] without Tailscale SSH no policy of the tailnet is asked', () => {
		const legs = legsOf(
			facts({
				peer: peer({ hasTailscaleSsh: false }),
				trail: trailEnd(trailTo(...ALL), 1_500, null)
			}),
			NOT_LOOKED
		);
		expect(of(legs, 'policy')).toMatchObject({
			state: 'not-checked',
			said: 'web-1 has no Tailscale SSH: it decides by itself'
		});
		expect(of(legs, 'host-key')?.said).toBe('trusted on this device');
		expect(firstFailed(legs)).toBeNull();
	});

	it('[ssh-connection-lost] what the shell was opened over stays known beside a leg that fails now', () => {
		const legs = legsOf(
			facts({
				trail: trailEnd(trailTo(...ALL), 1_500, null),
				error: failure('ssh-connection-lost')
			}),
			{
				...NOT_LOOKED,
				window: [
					result('derp', { state: 'failed', error: fullReport(failure('derp-unreachable')) })
				]
			}
		);
		expect(states(legs)).toMatchObject({ derp: 'failed', 'host-key': 'ok', pty: 'ok' });
		expect(firstFailed(legs)?.leg).toBe('derp');
	});

	it('[control-unreachable] a join that fails reaches no machine', () => {
		const error = failure('control-unreachable');
		const legs = legsOf(
			facts({
				ownPhase: { at: 'failed', error },
				joinSteps: [
					{ step: 'key', state: 'done', startedAtMs: 0, tookMs: 40 },
					{ step: 'control', state: 'failed', startedAtMs: 40, tookMs: 900 }
				],
				error
			}),
			NOT_LOOKED
		);
		expect(of(legs, 'server')).toMatchObject({ state: 'ok', tookMs: 40 });
		expect(of(legs, 'control')).toMatchObject({ state: 'failed', tookMs: 900 });
		expect(states(legs)['tcp']).toBe('not-reached');
	});

	it('says that the leg answers by now, and marks a slow one', () => {
		const legs = legsOf(facts({ error: failure('tcp-timeout') }), {
			...NOT_LOOKED,
			window: [result('tcp'), result('wireguard', { tookMs: 1_400 })]
		});
		expect(of(legs, 'tcp')).toMatchObject({
			state: 'failed',
			said: 'It answers by now: try again.'
		});
		expect(of(legs, 'wireguard')?.isSlow).toBe(true);
	});

	it('tells what is being looked at', () => {
		const legs = legsOf(facts(), { ...NOT_LOOKED, running: ['derp'] });
		expect(states(legs)['derp']).toBe('running');
	});
});

describe('legOf', () => {
	it.each([
		['handshake', trailTo('dialing'), 'ssh'],
		['host key', trailTo('dialing', 'host-key'), 'host-key'],
		['authentication', trailTo('dialing', 'host-key', 'authenticating'), 'auth'],
		['shell', trailTo(...ALL), 'pty']
	] as const)('[ssh-timeout] [ssh-closed-early] at %s belongs to its leg', (step, trail, leg) => {
		expect(legOf(failure('ssh-timeout', { step }), trail)).toBe(leg);
		expect(legOf(failure('ssh-closed-early'), trail)).toBe(leg);
	});

	it('is none for what has nothing to do with the way', () => {
		expect(legOf(failure('terminal-no-gpu'), null)).toBeNull();
	});
});
