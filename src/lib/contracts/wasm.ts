// The object that the Go program offers, and the events it emits.
// `host/node-host.ts` is its only caller. Bytes are `Uint8Array`, never strings.
import type { WireError } from './app-error';
import type { SshSessionId, Login } from './ids';
import type { HostKey, JoinStep, Netmap, NodePhase, TerminalSize } from './tailnet';

/** What a node needs to join. */
export interface NodeStart {
	/** Origin of the control server as Go dials it: the app's origin when relayed. */
	readonly controlUrl: string;
	/** `hskey-auth-…`: used once, never kept. */
	readonly preAuthKey: string;
	/** Hostname to register, made by the server (`headtab-…`). */
	readonly hostname: string;
	/** Only for the server's own node: it tells the DERP map, and may last. `preAuthKey` is empty when
	 *  it comes back with a state. */
	readonly agent?: {
		/** What the last `agent/state` carried, or empty. */
		readonly state: string;
		readonly isLasting: boolean;
	};
}

/** Where and as whom to open a shell. */
export interface SshOpen {
	readonly sshSessionId: SshSessionId;
	/** A peer's address from the same netmap as its host keys. */
	readonly address: string;
	readonly login: Login;
	readonly size: TerminalSize;
	/** Fingerprint trusted earlier on this device, for a peer that announces no keys. */
	readonly trustedFingerprint: string | null;
	/** Type of that key: a server that has several shall show this one. */
	readonly trustedType?: string;
	/** What the login shell runs, in place of waiting for commands. */
	readonly command?: string;
	/** Lets a test aim at another port; 22 otherwise. */
	readonly port?: number;
}

/** Installed by Go as `globalThis.headtabNode` before its `main` waits; go-runtime.ts takes it from there. */
export interface HeadtabNode {
	/** Once per instance. Progress and failure come as `node/phase` events. */
	start(params: NodeStart): void;
	/** Tells control that the node is gone (an ephemeral one is deleted). Resolves when told, or after LOGOUT_TIMEOUT_MS. */
	logout(): Promise<void>;
	/** Progress and failure come as `ssh/…` events. */
	open(params: SshOpen): void;
	/** Keyboard and paste; acknowledged by `ssh/input-ack`. The bytes are copied before it returns. */
	write(id: SshSessionId, bytes: Uint8Array): void;
	/** Output that the page has drawn; returns credit. */
	ack(id: SshSessionId, sizeBytes: number): void;
	resize(id: SshSessionId, size: TerminalSize): void;
	/** Measures the way once; told by `ssh/latency`. */
	ping(id: SshSessionId): void;
	/** Answers to the prompts of `ssh/prompt`, in their order; null cancels. */
	answer(id: SshSessionId, promptId: number, answers: readonly string[] | null): void;
	/** Decision on `ssh/host-key`. */
	trust(id: SshSessionId, isTrusted: boolean): void;
	close(id: SshSessionId): void;
	/** Asks the far end at once whether it is there. */
	check(id: SshSessionId): void;
	/** Looks at a peer of the netmap leg by leg; signs in nowhere. Resolves within 20 s. */
	probe(address: string, port: number): Promise<readonly ProbeLeg[]>;
	/** Sizes of Go's heap and counters, for the bench and the agent. */
	stats(): NodeStats;
}

export interface NodeStats {
	readonly heapBytes: number;
	/** All that Go has from the realm: the module's linear memory. */
	readonly sysBytes: number;
	readonly goroutines: number;
	readonly sshSessions: number;
}

/** How one leg to a peer went, seen from one node. */
export interface ProbeLeg {
	readonly leg: 'wireguard' | 'tcp' | 'ssh';
	readonly isOk: boolean;
	readonly tookMs: number;
	/** The version line of an SSH server; empty otherwise. */
	readonly detail: string;
	readonly error: WireError | null;
}

/** The tailnet's DERP regions as the control server names them; nothing of it is checked yet. */
export interface DerpMap {
	readonly regions: readonly {
		readonly id: number;
		readonly code: string;
		readonly nodes: readonly {
			readonly host: string;
			readonly port: number;
			readonly isInsecure: boolean;
		}[];
	}[];
}

/** One question of keyboard-interactive or password authentication. */
export interface SshPrompt {
	/** Plain text, at most 4 KiB, stripped of control characters. */
	readonly text: string;
	readonly isEchoed: boolean;
}

/** How a session ended: one of status and signal is set, or neither when the far end just closed. */
export interface SshExit {
	readonly status: number | null;
	/** Without `SIG`, as SSH sends it: `TERM`, `KILL`. */
	readonly signal: string | null;
}

/** Where a session is before it is open. */
export type SshStep = 'dialing' | 'host-key' | 'authenticating' | 'pty';

/** What Go tells of one SSH session. */
export type SshEvent =
	/** A step began; `open` once the shell has started. */
	| { readonly kind: 'ssh/step'; readonly step: SshStep }
	| {
			readonly kind: 'ssh/open';
			readonly hostKey: HostKey;
			readonly verifiedBy: 'netmap' | 'trusted';
	  }
	/** Output of the PTY, in order; the host makes it of what Go hands over as bare bytes, one a turn
	 *  (host/go-memory.ts). Its buffer is transferred on. */
	| { readonly kind: 'ssh/data'; readonly bytes: Uint8Array }
	/** Input that SSH has taken. */
	| { readonly kind: 'ssh/input-ack'; readonly sizeBytes: number }
	/** Pre-shell text of the server, plain, at most 8 KiB in all; `checkUrl` when Tailscale SSH asks for a check. */
	| { readonly kind: 'ssh/banner'; readonly text: string; readonly checkUrl: string | null }
	/** Questions to answer by `answer`; only ever after the host key was accepted. */
	| {
			readonly kind: 'ssh/prompt';
			readonly promptId: number;
			readonly method: 'password' | 'keyboard-interactive';
			readonly instruction: string;
			readonly prompts: readonly SshPrompt[];
	  }
	/** A key nobody announces and this device has not met: answer by `trust`. */
	| { readonly kind: 'ssh/host-key'; readonly hostKey: HostKey }
	/** The far end answers nothing (true), or does so again: what is under way is kept and sent again. */
	| { readonly kind: 'ssh/silence'; readonly isSilent: boolean }
	/** Round trip of a request that any SSH server answers: through DERP and WireGuard to the server and back. */
	| { readonly kind: 'ssh/latency'; readonly tookMs: number }
	/** Ends: the shell exited, or the session failed. Nothing follows. */
	| { readonly kind: 'ssh/exit'; readonly exit: SshExit }
	| { readonly kind: 'ssh/failed'; readonly error: WireError };

/** What Go tells of the node. */
export type NodeEvent =
	/** The join went on, ended in `running`, or failed. */
	| { readonly kind: 'node/phase'; readonly phase: NodePhase }
	/** A new snapshot, on each change, at most a few a second. */
	| { readonly kind: 'node/netmap'; readonly netmap: Netmap }
	/** Whether the control connection lives; false while it reconnects. */
	| { readonly kind: 'node/control'; readonly isConnected: boolean }
	/** Whether a DERP connection lives, the way to every peer; false while it is dialled anew. */
	| { readonly kind: 'node/derp'; readonly isConnected: boolean };

/** What Go tells of the server's own node beside that; a window's never does. */
export type AgentEvent =
	/** The DERP map, at the first netmap and when it changes. */
	| ({ readonly kind: 'agent/derp-map' } & DerpMap)
	/** What the node must be given at its next start. Secret. */
	| { readonly kind: 'agent/state'; readonly state: string };

/** Everything Go emits, through the one function `globalThis.headtabEmit`. */
export type GoEvent = NodeEvent | AgentEvent | (SshEvent & { readonly sshSessionId: SshSessionId });

export type { JoinStep };
