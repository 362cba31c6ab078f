// Typed calls to the app server's /api routes. Window only; the layout builds one, NodeClient uses it.
// Every failure leaves here as an AppError; an abort passes as it is.
import type { KeyAnswer, RelayCheck, SessionAnswer } from '$lib/contracts/api';

export interface ApiOptions {
	readonly fetch: typeof fetch;
	/** Origin of the app server, for the text of `server-unreachable`. */
	readonly origin: string;
	/** Defaults to the browser's; without one `leave` uses a keep-alive request. */
	readonly sendBeacon?: (url: string, body: Blob) => boolean;
}

export interface Api {
	/** Who is signed in, and what the window must know of the deployment. */
	session(signal?: AbortSignal): Promise<SessionAnswer>;
	/** Matches the identity to a Headscale user anew, past all caches. */
	relink(signal?: AbortSignal): Promise<SessionAnswer>;
	/** One single-use pre-auth key and what a node needs to join. */
	issueKey(signal: AbortSignal): Promise<KeyAnswer>;
	/** The node runs: its key may be expired. */
	joined(hostname: string): Promise<void>;
	/** The window closes or signs out: its node may be deleted. Works while the page unloads. */
	leave(hostname: string): void;
	/** Ends the login session. @returns where to go next (the provider's end-session page, or `/`). */
	logout(): Promise<string>;
	/** Why a relay WebSocket would be refused. @param target `control` or `derp-{region}` */
	relayCheck(target: string, signal?: AbortSignal): Promise<RelayCheck>;
}
