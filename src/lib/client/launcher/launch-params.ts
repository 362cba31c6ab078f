// What a launch URL asks for: `/connect/NODE?user=USER` from a shortcut, a link or a protocol handler.
// Window only; the connect route, the workspace and the layout use it. Whether a link may connect without
// asking is decided where it arrives.
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

/** What a URL of the OS menu or of a link asks of a window that is open: always asked about first, as
 *  nobody can tell who made it. @returns null for the start URL and for anything that names no machine */
export function launchOf(url: string, origin: string): Launch | null {
	if (!URL.canParse(url)) return null;
	const { origin: from, pathname, searchParams } = new URL(url);
	const raw = /^\/connect\/([^/]+)\/?$/.exec(pathname)?.[1];
	// A name never needs an escape: what has one is none, and `parseNodeName` refuses it.
	if (from !== origin || raw === undefined) return null;
	return parseLaunch({ node: raw, user: searchParams.get('user'), isForeign: true });
}

/** The browser's queue of launches; not in TypeScript's DOM. */
export interface LaunchQueue {
	setConsumer(consumer: (params: { readonly targetURL?: string | null }) => void): void;
}

/** This window's queue; null in a browser without one. */
export function launchQueueOf(scope: object): LaunchQueue | null {
	const queue: unknown = Reflect.get(scope, 'launchQueue');
	return isLaunchQueue(queue) ? queue : null;
}

const isLaunchQueue = (value: unknown): value is LaunchQueue =>
	typeof value === 'object' &&
	value !== null &&
	'setConsumer' in value &&
	typeof value.setConsumer === 'function';

export interface LaunchFollower {
	readonly origin: string;
	/** URL that this document was loaded from: its own launch, which the route has handled. */
	readonly loadedFrom: string;
	/** A reload is given the last launch once more. */
	readonly isReload: boolean;
	readonly onlaunch: (launch: Launch) => void;
}

/** Follows launches that reach this window while it is open (manifest: `focus-existing`). */
export function followLaunches(queue: LaunchQueue, follower: LaunchFollower): void {
	const { origin, loadedFrom, isReload, onlaunch } = follower;
	let isFirst = true;
	let wasQueued = true;
	queue.setConsumer(({ targetURL }) => {
		const isOwn = isFirst && (targetURL === loadedFrom || (isReload && wasQueued));
		isFirst = false;
		const launch = isOwn ? null : launchOf(targetURL ?? '', origin);
		if (launch !== null) onlaunch(launch);
	});
	wasQueued = false;
}

/** Name of the note that says which path the person signed in for. */
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

/** Whether a launch URL may have come from another site. After a sign-in it always may: by then nobody
 *  can tell who sent it, whatever referrer the provider leaves. */
export function isForeignArrival(arrival: Arrival): boolean {
	const noted = arrival.notes.getItem(NOTE);
	arrival.notes.removeItem(NOTE);
	if (noted === arrival.path) return true;
	return arrival.referrer !== '' && new URL(arrival.referrer).origin !== arrival.origin;
}

/** Before the person goes to the provider for this path. */
export function noteArrival(arrival: Pick<Arrival, 'path' | 'notes'>): void {
	arrival.notes.setItem(NOTE, arrival.path);
}
