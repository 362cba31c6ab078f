// What the tailnet is made of, as every realm of Headtab sees it.
// The owner of these facts is the own node's netmap; everything else derives from it.
import type { ErrorReport, WireError } from './app-error';
import type { NodeId, NodeName } from './ids';

/** One SSH host key. */
export interface HostKey {
	/** Key type as on the wire, e.g. `ssh-ed25519`. */
	readonly type: string;
	/** `SHA256:` + unpadded base64, as `ssh-keygen -lf` prints it. */
	readonly fingerprint: string;
}

/** A peer: another node as the own node's netmap shows it under the policy. */
export interface Peer {
	readonly id: NodeId;
	/** First label of the MagicDNS name; unique in a tailnet. */
	readonly name: NodeName;
	/** Full MagicDNS name without the trailing dot; empty when MagicDNS is off. */
	readonly dnsName: string;
	/** Tailscale addresses, IPv4 first. */
	readonly addresses: readonly string[];
	/** `linux`, `macOS`, `windows`, … as Hostinfo says; empty when unknown. */
	readonly os: string;
	readonly isOnline: boolean;
	/** Epoch milliseconds; null when the control server does not say. */
	readonly lastSeenMs: number | null;
	/** The peer announces SSH host keys, which it does exactly when Tailscale SSH is on. */
	readonly hasTailscaleSsh: boolean;
	readonly hostKeys: readonly HostKey[];
	/** `tag:prod` form; empty for a node owned by a person. */
	readonly tags: readonly string[];
	/** Display or login name of the owning Headscale user; empty for tagged nodes. */
	readonly owner: string;
}

/** This window's own node, as the netmap shows it. */
export interface OwnNode {
	readonly name: NodeName;
	readonly addresses: readonly string[];
	/** Home DERP region, null until one is chosen. */
	readonly derpRegion: { readonly id: number; readonly code: string } | null;
	/** Tailnet domain, e.g. `tailnet.example`. */
	readonly domain: string;
}

/** One snapshot of the netmap; replaces the former whole. */
export interface Netmap {
	readonly own: OwnNode;
	readonly peers: readonly Peer[];
}

/** One DERP region that the relay serves; in a list the one that windows should choose is first. */
export interface DerpRegion {
	readonly id: number;
	/** `host:port` of each node as the DERP map names it; the worker maps these to the relay. */
	readonly hosts: readonly string[];
}

/** The parts of the way from a window to a shell, in their order. `ssh` is the version line and the key
 *  exchange, `auth` who one is, `policy` what the tailnet allows, `login` the Linux account. */
export const LEGS = [
	'server',
	'control',
	'derp',
	'wireguard',
	'tcp',
	'ssh',
	'host-key',
	'auth',
	'policy',
	'login',
	'pty'
] as const;
export type Leg = (typeof LEGS)[number];

/** `not-checked`: nobody looked, or there is nothing to look at. */
export type LegState = 'ok' | 'failed' | 'not-reached' | 'not-checked';

/** How one leg went, seen from the server or from a window. */
export interface LegResult {
	readonly leg: Leg;
	/** `not-reached` with an error: nobody could look; without: a leg before it failed. */
	readonly state: LegState;
	/** null when it was not reached, or has no time of its own. */
	readonly tookMs: number | null;
	/** What the far end said of itself, e.g. an SSH version; plain ASCII, or empty. */
	readonly detail: string;
	readonly error: (ErrorReport & WireError) | null;
}

/** Steps of joining, in order; the launcher shows them with their times. */
export type JoinStep = 'wasm' | 'key' | 'control' | 'register' | 'netmap';
export const JOIN_STEPS: readonly JoinStep[] = ['wasm', 'key', 'control', 'register', 'netmap'];

/** Phase of the own node. `failed` and `stopped` are ends; a new worker starts anew. */
export type NodePhase =
	| { readonly at: 'joining'; readonly step: JoinStep }
	| { readonly at: 'running' }
	| { readonly at: 'stopped' }
	| { readonly at: 'failed'; readonly error: WireError };

/** Size of a terminal in cells. */
export interface TerminalSize {
	readonly cols: number;
	readonly rows: number;
}
