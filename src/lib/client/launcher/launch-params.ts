// What a launch URL asks for: `/connect/NODE?user=USER` from a shortcut, a link or a protocol handler.
// Window only; the connect route and the page use it. Whether a link may connect without asking is
// decided where the window first arrives, and kept over the sign-in.
import type { Login, NodeName } from '$lib/contracts/ids';
import { parseLogin, parseNodeName } from '$lib/contracts/parse';

export interface Launch {
	readonly node: NodeName;
	/** What the link names, as text; empty when it names nobody. */
	readonly user: string;
	/** null when the link names nobody, or no possible account. */
	readonly login: Login | null;
	/** Came from another site or a protocol handler: always ask. */
	readonly isForeign: boolean;
}

export interface LaunchSource {
	/** Raw last segment of the path. */
	readonly node: string;
	readonly user: string | null;
	readonly isForeign: boolean;
}

/** @returns null when the URL names no possible machine */
export function parseLaunch(source: LaunchSource): Launch | null {
	const node = parseNodeName(source.node);
	if (node === null) return null;
	const user = (source.user ?? '').slice(0, 128);
	const parsed = parseLogin(user);
	return { node, user, login: parsed.ok ? parsed.login : null, isForeign: source.isForeign };
}

/** Name of the note that says how a path was first reached; it outlives the way to the provider. */
const NOTE = 'headtab:launch';

export interface Arrival {
	/** Path and query. */
	readonly path: string;
	/** `document.referrer`. */
	readonly referrer: string;
	readonly origin: string;
	/** Of this tab (`sessionStorage`). */
	readonly notes: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** Whether a launch URL came from another site. Remembered for the path, so that the provider,
 *  which is another site as well, does not count when it sends the person back. */
export function isForeignArrival(arrival: Arrival): boolean {
	const noted = arrival.notes.getItem(NOTE);
	if (noted !== null) {
		arrival.notes.removeItem(NOTE);
		if (noted.slice(2) === arrival.path) return noted.startsWith('1');
	}
	return arrival.referrer !== '' && new URL(arrival.referrer).origin !== arrival.origin;
}

/** Keeps the verdict while the person is at the provider. */
export function noteArrival(arrival: Pick<Arrival, 'path' | 'notes'>, isForeign: boolean): void {
	arrival.notes.setItem(NOTE, `${isForeign ? '1' : '0'} ${arrival.path}`);
}
