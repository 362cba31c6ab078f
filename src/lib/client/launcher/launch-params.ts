// What a launch URL asks for: `/connect/NODE?user=USER` from a shortcut or a link, `/connect?link=web+ssh:…`
// from the OS, `/?new` from the menu. Window only; the app's layout, the workspace and the root layout use it.
// Who made a URL is decided here: only one with the mark of this device's own menu connects unasked.
import { AppError, type WireError } from '$lib/contracts/app-error';
import type { Login, NodeName } from '$lib/contracts/ids';
import { parseLogin, parseNodeName } from '$lib/contracts/parse';
import { hashOf, markOf } from '$lib/storage/os-menu';
import { parseSshLink } from './ssh-link';

export type Launch =
	| {
			readonly kind: 'connect';
			readonly node: NodeName;
			/** What the link names, as text; empty when it names nobody. */
			readonly user: string;
			/** null when the link names nobody, or no possible account. */
			readonly login: Login | null;
			/** Nobody can tell that this person's own menu made it: always ask. */
			readonly isForeign: boolean;
	  }
	/** New connection: to the machines. */
	| { readonly kind: 'new' }
	/** It asks for something that no link may, or for no possible machine. */
	| { readonly kind: 'refused'; readonly error: WireError };

export interface LaunchTrust {
	readonly origin: string;
	/** Mark of this device's own menu. */
	readonly token: string;
	/** What to take a URL for that lacks the mark. */
	readonly isForeign: boolean;
	/** Mark that the URL had before a sign-in. */
	readonly mark?: string | null;
}

/** What a URL asks of a window.
 *  @returns null for the start URL and for anything that asks for nothing */
export function launchOf(url: string, trust: LaunchTrust): Launch | null {
	if (!URL.canParse(url)) return null;
	const { origin, pathname, searchParams, hash } = new URL(url);
	if (origin !== trust.origin) return null;
	if (pathname === '/') return searchParams.has('new') ? { kind: 'new' } : null;
	if (pathname === '/connect' || pathname === '/connect/') {
		const link = searchParams.get('link');
		return link === null ? null : launchOfLink(link);
	}
	const raw = /^\/connect\/([^/]+)\/?$/.exec(pathname)?.[1];
	if (raw === undefined) return null;
	// A name never needs an escape: what has one is none, and `parseNodeName` refuses it.
	const node = parseNodeName(raw);
	if (node === null) {
		const error = AppError.of('node-not-found', { node: raw.slice(0, NAME_SHOWN_CHARS) });
		return { kind: 'refused', error: error.toWire() };
	}
	const isOurs = (markOf(hash) ?? trust.mark) === trust.token;
	return connectTo(node, searchParams.get('user') ?? '', !isOurs && trust.isForeign);
}

/** Of the OS, which tells nobody where a link came from: always asked about. */
function launchOfLink(link: string): Launch {
	const parsed = parseSshLink(link);
	if (parsed.ok) return connectTo(parsed.node, parsed.user, true);
	const { reason } = parsed;
	return { kind: 'refused', error: AppError.of('link-refused', { reason }).toWire() };
}

const NAME_SHOWN_CHARS = 80;
const USER_MAX_CHARS = 128;

function connectTo(node: NodeName, text: string, isForeign: boolean): Launch {
	const user = text.slice(0, USER_MAX_CHARS);
	const parsed = parseLogin(user);
	return { kind: 'connect', node, user, login: parsed.ok ? parsed.login : null, isForeign };
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
	readonly token: string;
	/** URL that this document was loaded from: its own launch, which the route has handled. */
	readonly loadedFrom: string;
	/** A reload is given the last launch once more. */
	readonly isReload: boolean;
	readonly onlaunch: (launch: Launch, url: string) => void;
}

/** Follows launches that reach this window while it is open (manifest: `focus-existing`). */
export function followLaunches(queue: LaunchQueue, follower: LaunchFollower): void {
	const { origin, token, loadedFrom, isReload, onlaunch } = follower;
	let isFirst = true;
	let wasQueued = true;
	queue.setConsumer(({ targetURL }) => {
		const url = targetURL ?? '';
		const isOwn =
			isFirst && (withoutHash(url) === withoutHash(loadedFrom) || (isReload && wasQueued));
		isFirst = false;
		const launch = isOwn ? null : launchOf(url, { origin, token, isForeign: true });
		if (launch !== null) onlaunch(launch, url);
	});
	wasQueued = false;
}

/** The browser names a document without its fragment. */
const withoutHash = (url: string): string => url.replace(/#.*$/, '');

/** Name of the note that says which path the person signed in for. */
const NOTE = 'headtab:launch';

export interface ArrivalSource {
	/** Path and query. */
	readonly path: string;
	readonly hash: string;
	/** `document.referrer`. */
	readonly referrer: string;
	/** The server saw that no other site sent the window here (contracts/launch-site). */
	readonly isOwn: boolean;
	readonly origin: string;
	/** Of this tab (`sessionStorage`). */
	readonly notes: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** How the window came to the URL it began with. */
export interface Arrival {
	/** Another site may have sent it here. */
	readonly isForeign: boolean;
	/** What says that the own menu made the URL; not yet checked. */
	readonly mark: string | null;
}

/** After a sign-in a URL is always taken for foreign, whatever referrer the provider leaves: by then
 *  nobody can tell who sent it, but by its mark, which is noted meanwhile. */
export function readArrival(source: ArrivalSource): Arrival {
	const { path, hash, referrer, isOwn, origin, notes } = source;
	const noted = notes.getItem(NOTE);
	notes.removeItem(NOTE);
	const mark = markOf(hash);
	if (noted !== null && withoutHash(noted) === path)
		return { isForeign: true, mark: mark ?? markOf(noted.slice(path.length)) };
	const isSent = referrer !== '' && new URL(referrer).origin !== origin;
	return { isForeign: isSent || !isOwn, mark };
}

/** Before the person goes to the provider for this path. */
export function noteArrival({
	path,
	mark,
	notes
}: Pick<ArrivalSource, 'path' | 'notes'> & Pick<Arrival, 'mark'>): void {
	notes.setItem(NOTE, mark === null ? path : `${path}${hashOf(mark)}`);
}
