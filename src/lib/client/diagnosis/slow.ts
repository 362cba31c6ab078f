// When a phase of connecting takes longer than it usually does: what is waited for, on which leg, and what
// may be wrong. Pure; the pane, its note and the steps of joining show it.
import type { JoinStep, Leg } from '$lib/contracts/tailnet';
import type { SshStep } from '$lib/contracts/wasm';

export interface Wait {
	readonly leg: Leg;
	/** Usually shorter than that, several times what was measured on a quiet way. */
	readonly usualMs: number;
	/** What is waited for. `{node}` is the machine. */
	readonly waits: string;
	/** What may be wrong. */
	readonly maybe: string;
}

/** Steps of joining. */
export const JOIN_WAITS: Readonly<Record<JoinStep, Wait>> = {
	wasm: {
		leg: 'server',
		usualMs: 5_000,
		waits: 'the SSH module from the app server',
		maybe: 'A slow network: it is some 7 MB at the first visit, and kept afterwards.'
	},
	key: {
		leg: 'server',
		usualMs: 1_500,
		waits: 'the app server to issue a key',
		maybe: 'The app server or Headscale’s API answers late.'
	},
	control: {
		leg: 'control',
		usualMs: 2_000,
		waits: 'Headscale’s control connection',
		maybe: 'Headscale is down, or a proxy in between passes no WebSockets.'
	},
	register: {
		leg: 'control',
		usualMs: 4_000,
		waits: 'Headscale to enter this window’s node',
		maybe: 'Headscale is busy, or its database is slow.'
	},
	netmap: {
		leg: 'control',
		usualMs: 4_000,
		waits: 'the list of machines from Headscale',
		maybe: 'Headscale is busy, or a proxy in between holds back what it sends.'
	}
};

/** Steps of an SSH session. */
export const SSH_WAITS: Readonly<Record<SshStep, Wait>> = {
	dialing: {
		leg: 'tcp',
		usualMs: 2_000,
		waits: '{node} to answer on port 22',
		maybe: 'It may be asleep, cut off from its DERP region, or a firewall drops port 22.'
	},
	'host-key': {
		leg: 'host-key',
		usualMs: 2_000,
		waits: 'the host key of {node} to be checked',
		maybe: 'Its tailnet entry may be older than its key.'
	},
	authenticating: {
		leg: 'auth',
		usualMs: 3_000,
		waits: '{node} to let you in',
		maybe: 'It may wait for you to confirm a sign-in elsewhere, or for a directory or a slow disk.'
	},
	pty: {
		leg: 'pty',
		usualMs: 3_000,
		waits: '{node} to start the shell',
		maybe: 'The machine is busy, or the shell’s own start-up files take long.'
	}
};

/** Legs that took longer than that are marked as slow. */
export const SLOW_LEG_MS: Readonly<Record<Leg, number>> = {
	server: 500,
	control: 1_000,
	derp: 1_000,
	wireguard: 1_000,
	tcp: 1_000,
	ssh: 1_000,
	'host-key': 1_000,
	auth: 2_000,
	policy: 2_000,
	login: 2_000,
	pty: 2_000
};

/** The texts of a wait that goes on for longer than usual; null while it does not. */
export function slowWords(
	wait: Wait,
	{ tookMs, node = '' }: { readonly tookMs: number; readonly node?: string }
): {
	readonly leg: Leg;
	readonly waits: string;
	readonly usual: string;
	readonly maybe: string;
} | null {
	if (tookMs <= wait.usualMs) return null;
	return {
		leg: wait.leg,
		waits: `Waiting for ${wait.waits.replaceAll('{node}', node)}.`,
		usual: `Usually under ${String(wait.usualMs / 1_000)} s.`,
		maybe: wait.maybe
	};
}
