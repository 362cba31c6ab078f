// Body and answer of each /api route. All POST, JSON, same origin only.
import type { ErrorReport, WireError } from './app-error';
import type { ErrorCode } from './errors';
import type { DerpRegion, LegResult } from './tailnet';

/** Answer of `POST /api/keys` (empty JSON object as body): all that a node needs to join. */
export interface KeyAnswer {
	/** Single-use, ephemeral, minutes-long. Only ever in this body. */
	readonly preAuthKey: string;
	readonly expiresAtMs: number;
	/** Hostname the node must register with; carries keyed hashes of the person and the login session. */
	readonly hostname: string;
	/** The control server's URL as Headscale announces it (relay mode dials the app's origin instead). */
	readonly headscaleUrl: string;
	readonly mode: 'relay' | 'direct';
	readonly derp: readonly DerpRegion[];
}

/** Body of `POST /api/joined`: the node runs, so its key can be expired. Answer 204. */
/** Body of `POST /api/leave` (also by sendBeacon): the window closes, delete its node. Answer 204. */
/** Body of `POST /api/alive`: is the window's node still in Headscale? Answer 204, or `node-removed`. */
export interface OwnNodeBody {
	readonly hostname: string;
}

/** Answer of `GET /api/relay/check?target=control|derp-{region}`: why a window's WebSocket is refused (browsers hide it). */
export interface RelayCheck {
	readonly isReachable: boolean;
	/** With the params, so that the window can build the same AppError. */
	readonly error: (ErrorReport & WireError) | null;
}

/** Body of `POST /api/diagnose`: the Tailscale address of the machine. */
export interface DiagnoseBody {
	readonly address: string;
}
/** Its answer: control, derp, wireguard, tcp and ssh, as seen from the server. */
export interface DiagnoseAnswer {
	readonly legs: readonly LegResult[];
}

/** One live window in `GET /api/admin/windows`; `DELETE /api/admin/windows/{id}` ends it (204). */
export interface WindowView {
	readonly id: string;
	/** Its node; null where the window does not name it. */
	readonly hostname: string | null;
	readonly person: string;
	readonly email: string;
	readonly headscaleUser: string;
	readonly sinceMs: number;
	readonly connections: number;
	readonly upBytes: number;
	readonly downBytes: number;
}
export interface WindowsAnswer {
	readonly windows: readonly WindowView[];
}

/** One dependency in `GET /readyz`. */
export interface ReadyCheck {
	readonly name: 'configuration' | 'oidc' | 'headscale' | 'wasm' | 'agent' | 'server';
	readonly isReady: boolean;
	/** The server is ready without it: the main job does not need it. */
	readonly isOptional?: true;
	readonly code: ErrorCode | null;
	/** What to do; only where it is not ready. The cause is in the log: everybody may read this. */
	readonly remedy?: string;
}
export interface ReadyAnswer {
	readonly isReady: boolean;
	readonly checks: readonly ReadyCheck[];
}

/** What the layout gives every page: the person, and what the window must know of the deployment. */
export interface PublicConfig {
	readonly version: string;
	/** Host of the sign-in provider, for the sign-in page. */
	readonly providerHost: string;
	readonly origin: string;
	readonly mode: 'relay' | 'direct';
	/** Names what the node's worker may connect to; empty where that is its own origin alone. */
	readonly policy: string;
	/** Origin of Headscale: check-mode links are shown only if they lead there. */
	readonly headscaleOrigin: string;
	readonly wasm: WasmModule | null;
}
/** The node's module as it is served. */
export interface WasmModule {
	readonly url: string;
	readonly sha256: string;
	readonly sizeBytes: number;
}
export interface PersonView {
	/** Stable, opaque: tells windows whether the person changed. */
	readonly id: string;
	readonly name: string;
	readonly email: string;
	/** null when no Headscale user matches: then `linkError` says why and no key is issued. */
	readonly headscaleUser: string | null;
	/** Left of the sign-in, unless it is prolonged: a time that needs no clock but the server's. */
	readonly sessionEndsInMs: number;
	/** May see the admin pages; absent for everybody else. */
	readonly isAdmin?: true;
}

/** Answer of `GET /api/session`, the first thing a window asks: the shell itself carries no data.
 *  `POST /api/session/link` (empty JSON body) matches the identity anew, past all caches, and answers the same. */
export interface SessionAnswer {
	readonly person: PersonView | null;
	/** Why the signed-in person has no Headscale user. */
	readonly linkError: WireError | null;
	/** What the last sign-in attempt of this browser ended with; told once. */
	readonly loginError: WireError | null;
	/** Why a person who signed in may no longer be here; `person` is null then. */
	readonly accessError: WireError | null;
	readonly config: PublicConfig;
}
