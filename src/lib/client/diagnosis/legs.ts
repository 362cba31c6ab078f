// The way from this window to a shell, leg by leg: what the attempt itself met, what was measured since, and
// what the server saw of it. Pure; Diagnosis feeds it, LegTrack draws it, the report lists it.
import type { WireError } from '$lib/contracts/app-error';
import type { ErrorCode } from '$lib/contracts/errors';
import { LEGS, type Leg, type LegResult, type LegState, type Peer } from '$lib/contracts/tailnet';
import type { NodePhase } from '$lib/contracts/tailnet';
import type { SshStep } from '$lib/contracts/wasm';
import type { Login } from '$lib/contracts/ids';
import type { NodeStep } from '../node/node-client.svelte';
import { SLOW_LEG_MS } from './slow';
import { isPast, stepTook, type Trail } from './trail';

/** One leg as it is shown. */
export interface LegView {
	readonly leg: Leg;
	readonly state: LegState | 'running';
	readonly isSlow: boolean;
	readonly tookMs: number | null;
	/** What it said; beside the error's own message when it failed. */
	readonly said: string;
	readonly error: WireError | null;
	/** The same leg as the server sees it; null where it does not look. */
	readonly server: LegResult | null;
}

/** What the window knows without looking again. */
export interface WayFacts {
	readonly node: string;
	readonly login: Login;
	readonly peer: Peer | null;
	readonly ownPhase: NodePhase;
	readonly joinSteps: readonly NodeStep[];
	readonly peerCount: number;
	/** Code of the home region, empty before there is one. */
	readonly derp: string;
	/** Of the last attempt; null when there was none. */
	readonly trail: Trail | null;
	/** Why the session failed or is away. */
	readonly error: WireError | null;
}

export interface Looked {
	/** What this window has measured, in any order. */
	readonly window: readonly LegResult[];
	readonly server: readonly LegResult[];
	/** Legs that are being measured now. */
	readonly running: readonly Leg[];
}

export const LEG_NAMES: Readonly<Record<Leg, string>> = {
	server: 'App server',
	control: 'Control',
	derp: 'DERP',
	wireguard: 'WireGuard',
	tcp: 'TCP 22',
	ssh: 'SSH version',
	'host-key': 'Host key',
	auth: 'Authentication',
	policy: 'Policy',
	login: 'Linux user',
	pty: 'Terminal'
};

/** Legs on which a code is at home. What is not here belongs to none of them, or says by itself where it
 *  stopped (`legOf`). */
const LEG_OF: Readonly<Partial<Record<ErrorCode, Leg>>> = {
	'server-unreachable': 'server',
	'server-stopping': 'server',
	'rate-limited': 'server',
	'session-missing': 'server',
	'session-ended': 'server',
	'origin-refused': 'server',
	'host-refused': 'server',
	'wasm-missing': 'server',
	'wasm-corrupt': 'server',
	'identity-no-headscale-user': 'server',
	'identity-ambiguous': 'server',
	'headscale-unreachable': 'control',
	'headscale-key-refused': 'control',
	'headscale-refused': 'control',
	'headscale-unsupported': 'control',
	'headscale-too-old': 'control',
	'key-unsafe': 'control',
	'key-expired': 'control',
	'key-used': 'control',
	'key-refused': 'control',
	'node-removed': 'control',
	'node-join-timeout': 'control',
	'control-unreachable': 'control',
	'control-cors': 'control',
	'relay-limit': 'control',
	'derp-unreachable': 'derp',
	'derp-unknown-host': 'derp',
	'node-not-found': 'wireguard',
	'node-gone': 'wireguard',
	'node-offline': 'wireguard',
	'wireguard-timeout': 'wireguard',
	'tcp-refused': 'tcp',
	'tcp-timeout': 'tcp',
	'ssh-not-ssh': 'ssh',
	'ssh-no-common-algorithm': 'ssh',
	'ssh-host-key-changed': 'host-key',
	'ssh-host-key-refused': 'host-key',
	'ssh-auth-failed': 'auth',
	'ssh-check-expired': 'auth',
	'ssh-policy-denies-node': 'policy',
	'ssh-policy-denies-login': 'policy',
	'ssh-login-wildcard': 'policy',
	'ssh-access-revoked': 'policy',
	'ssh-login-unknown': 'login',
	'ssh-shell-ended': 'login',
	'login-invalid': 'login',
	'ssh-pty-refused': 'pty'
};

const LEG_OF_STEP: Readonly<Record<SshStep, Leg>> = {
	dialing: 'ssh',
	'host-key': 'host-key',
	authenticating: 'auth',
	pty: 'pty'
};
const STEP_OF_LEG: Readonly<Partial<Record<Leg, SshStep>>> = {
	tcp: 'dialing',
	wireguard: 'dialing',
	ssh: 'dialing',
	'host-key': 'host-key',
	auth: 'authenticating',
	policy: 'authenticating',
	login: 'authenticating',
	pty: 'pty'
};

/** The leg that an error belongs to; null when it is none's. */
export function legOf(error: WireError, trail: Trail | null): Leg | null {
	const known = LEG_OF[error.code];
	if (known !== undefined) return known;
	const last = trail?.steps.at(-1)?.step;
	switch (error.code) {
		case 'ssh-closed-early':
		case 'ssh-timeout':
			return last === undefined ? 'ssh' : LEG_OF_STEP[last];
		default:
			return null;
	}
}

/** All legs, in their order. */
export function legsOf(facts: WayFacts, looked: Looked): readonly LegView[] {
	const { trail, error } = facts;
	const failedLeg = error === null ? null : legOf(error, trail);
	const hadShell = trail?.end?.error === null;
	const own = LEGS.map((leg): OwnView => {
		const measured = looked.window.find((result) => result.leg === leg);
		// What ended the attempt counts more than what a second look finds where it stopped.
		if (leg === failedLeg && error !== null) {
			const said = measured?.state === 'ok' ? 'It answers by now: try again.' : '';
			return { state: 'failed', tookMs: failedTook(leg, facts), said, error };
		}
		if (measured !== undefined && measured.state !== 'not-reached')
			return fromMeasured(measured, facts);
		if (looked.running.includes(leg)) return { ...BLANK, state: 'running' };
		return fromAttempt(leg, facts);
	});
	const firstFailed = own.findIndex(({ state }) => state === 'failed');
	return LEGS.map((leg, at) => {
		const view = own[at] ?? BLANK;
		// What a shell was opened over stays known; an attempt that failed got no further.
		const isBehind = firstFailed >= 0 && at > firstFailed && !(hadShell && view.state === 'ok');
		const shown = isBehind ? { ...BLANK, state: 'not-reached' as const } : view;
		return {
			...shown,
			leg,
			isSlow: shown.state === 'ok' && shown.tookMs !== null && shown.tookMs > SLOW_LEG_MS[leg],
			server: looked.server.find((result) => result.leg === leg) ?? null
		};
	});
}

/** The first leg that failed, seen from here or else from the server. */
export const firstFailed = (legs: readonly LegView[]): LegView | null =>
	legs.find(({ state }) => state === 'failed') ?? null;

type OwnView = Pick<LegView, 'state' | 'tookMs' | 'said' | 'error'>;
const BLANK: OwnView = { state: 'not-checked', tookMs: null, said: '', error: null };

function fromMeasured(result: LegResult, facts: WayFacts): OwnView {
	const { state, tookMs, error } = result;
	return {
		state,
		tookMs,
		error,
		said: state === 'ok' ? okWords(result.leg, facts, result.detail) : ''
	};
}

/** What the attempt itself says of a leg. */
function fromAttempt(leg: Leg, facts: WayFacts): OwnView {
	const { trail, ownPhase, joinSteps } = facts;
	const ok = (tookMs: number | null): OwnView => ({
		state: 'ok',
		tookMs,
		said: okWords(leg, facts, ''),
		error: null
	});
	const joined = (name: NodeStep['step']) => joinSteps.find(({ step }) => step === name);
	switch (leg) {
		case 'server':
			return joined('key')?.state === 'done' ? ok(joined('key')?.tookMs ?? null) : BLANK;
		case 'control':
			return ownPhase.at === 'running' ? ok(null) : BLANK;
		case 'derp':
			return BLANK;
		case 'wireguard':
		case 'tcp':
		case 'ssh':
			return trail !== null && isPast(trail, 'dialing') ? ok(null) : BLANK;
		case 'host-key':
			return trail !== null && isPast(trail, 'host-key') ? ok(stepTook(trail, 'host-key')) : BLANK;
		case 'auth':
			if (trail === null) return BLANK;
			if (isPast(trail, 'authenticating')) return ok(stepTook(trail, 'authenticating'));
			return isKnownByTailnet(facts) ? ok(null) : BLANK;
		case 'policy':
			if (facts.peer?.hasTailscaleSsh === false)
				return { ...BLANK, said: `${facts.node} has no Tailscale SSH: it decides by itself` };
			if (trail === null) return BLANK;
			return isPast(trail, 'authenticating') || isRefusedLater(facts, 'policy') ? ok(null) : BLANK;
		case 'login':
			return trail !== null && (isPast(trail, 'authenticating') || isRefusedLater(facts, 'login'))
				? ok(null)
				: BLANK;
		case 'pty':
			return trail !== null && isPast(trail, 'pty') ? ok(stepTook(trail, 'pty')) : BLANK;
	}
}

/** Tailscale SSH takes who one is from WireGuard, so what it refuses comes after that. */
const isKnownByTailnet = (facts: WayFacts): boolean =>
	isRefusedLater(facts, 'auth') && facts.peer?.hasTailscaleSsh === true;

/** The attempt ended on a leg behind this one, so this one was passed. */
function isRefusedLater({ error, trail }: WayFacts, leg: Leg): boolean {
	const failed = error === null ? null : legOf(error, trail);
	return failed !== null && LEGS.indexOf(failed) > LEGS.indexOf(leg);
}

/** How long it was tried before it failed. */
function failedTook(leg: Leg, { trail, joinSteps, ownPhase }: WayFacts): number | null {
	if (ownPhase.at === 'failed' || ownPhase.at === 'joining')
		return joinSteps.find(({ state }) => state === 'failed')?.tookMs ?? null;
	const step = STEP_OF_LEG[leg];
	if (trail === null || step === undefined) return null;
	return stepTook(trail, trail.steps.at(-1)?.step ?? step);
}

function okWords(leg: Leg, facts: WayFacts, detail: string): string {
	const { node, login, peer, peerCount, derp } = facts;
	switch (leg) {
		case 'server':
			return 'answers, signed in';
		case 'control':
			return `joined, ${String(peerCount)} ${peerCount === 1 ? 'machine' : 'machines'} in the netmap`;
		case 'derp':
			return derp === '' ? 'relay answers' : `relay answers, region ${derp}`;
		case 'wireguard':
			return derp === '' ? `${node} answers` : `${node} answers over DERP ${derp}`;
		case 'tcp':
			return 'connected';
		case 'ssh':
			return detail === '' ? 'agreed on algorithms' : detail;
		case 'host-key':
			return peer?.hasTailscaleSsh === true
				? 'as the tailnet announces it'
				: 'trusted on this device';
		case 'auth':
			return peer?.hasTailscaleSsh === true ? 'known by your tailnet identity' : 'accepted';
		case 'policy':
			return `lets you be ${login}`;
		case 'login':
			return `${login} exists`;
		case 'pty':
			return 'shell started';
	}
}
