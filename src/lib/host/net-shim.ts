// The network as Go sees it: `WebSocket` and `fetch` of the realm that runs it (a browser's worker
// or a Node thread), narrowed to control and DERP. In relay mode known addresses become paths of
// the app's own origin and unknown ones are refused. Used by node-host.ts.
import { AppError } from '$lib/contracts/app-error';
import { CLOSE_UPSTREAM_FAILED, RELAY_NODE_PARAM, RELAY_PATH } from '$lib/contracts/limits';
import type { Reach } from '$lib/contracts/worker';
import { DerpProbes } from './derp-probe';
import type { GoBytes } from './go-memory';
import { goSocket, type GoSocket, type GoSocketEvent, type SocketLike } from './socket';

/** What the realm offers. */
export interface NetPlatform {
	/** Opens a real WebSocket; a Node thread adds Cookie and Origin here. */
	readonly connect: (url: string, protocols: readonly string[]) => SocketLike;
	readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
	readonly later: (run: () => void) => void;
}

export interface NetEvents {
	/** The state of the control connection. */
	readonly onControl: (state: 'open' | 'closed' | 'failed', reason: string) => void;
	/** Whether any DERP connection is open, each time that changes. */
	readonly onDerp: (isOpen: boolean) => void;
	/** An address that leads nowhere, and without which the node reaches nobody. */
	readonly onRefused: (error: AppError) => void;
}

/** Where an address of Go's leads. */
export type Route =
	| { readonly to: 'control'; readonly url: string }
	| { readonly to: 'derp'; readonly url: string }
	| { readonly to: 'probe' }
	| { readonly to: 'refused'; readonly error: AppError };

export interface RouteOptions {
	/** An http(s) or ws(s) URL as Go dials it. */
	readonly url: string;
	readonly reach: Reach;
	readonly controlUrl: string;
	readonly isWebSocket: boolean;
	/** The node's hostname: tells the relay which window a connection belongs to. */
	readonly hostname?: string;
}

const HOST_SHOWN_CHARS = 100;

/** Decides where an address leads. Pure. */
export function route({ url, reach, controlUrl, isWebSocket, hostname }: RouteOptions): Route {
	// The DERP map may hold anything as a host; an exception here would end Go.
	if (!URL.canParse(url)) {
		const host = url.replaceAll(/[^!-~]/g, '?').slice(0, HOST_SHOWN_CHARS);
		return { to: 'refused', error: AppError.of('derp-unknown-host', { host }) };
	}
	const asked = new URL(url);
	const control = new URL(controlUrl);
	// Netcheck probes `https://HOST/derp/probe` without the port, and not as DERP is dialled: derp-probe.ts answers.
	if (asked.pathname === '/derp/probe') return { to: 'probe' };
	const refused = (): Route => ({
		to: 'refused',
		error: AppError.of('derp-unknown-host', { host: asked.host })
	});
	const scheme = (origin: URL): string =>
		isWebSocket ? origin.protocol.replace('http', 'ws') : origin.protocol;
	const named = (search: string): string =>
		reach.by === 'direct' || !isWebSocket || hostname === undefined
			? search
			: `${search === '' ? '?' : `${search}&`}${RELAY_NODE_PARAM}=${encodeURIComponent(hostname)}`;
	if (asked.pathname === '/ts2021' || asked.pathname === '/key') {
		// Go drops the port of an https control URL (tailscale.com v1.102.5), so only the name counts.
		if (asked.hostname !== control.hostname) return refused();
		const [origin, prefix] =
			reach.by === 'relay' ? [new URL(reach.origin), RELAY_PATH] : [control, ''];
		return {
			to: 'control',
			url: `${scheme(origin)}//${origin.host}${prefix}${asked.pathname}${named(asked.search)}`
		};
	}
	if (asked.pathname !== '/derp') return refused();
	// Without what a WebSocket may refuse: a fragment, a user.
	if (reach.by === 'direct') return { to: 'derp', url: `${asked.protocol}//${asked.host}/derp` };
	const names = asked.port === '' ? portsOf(asked) : [asked.host];
	const region = reach.derp.find((r) => r.hosts.some((host) => names.includes(host.toLowerCase())));
	if (region === undefined) return refused();
	const origin = new URL(reach.origin);
	return {
		to: 'derp',
		url: `${scheme(origin)}//${origin.host}${RELAY_PATH}/derp/${region.id}${named('')}`
	};
}

/** Spellings of an address whose port is its scheme's own. */
const portsOf = (url: URL): readonly string[] => [
	url.hostname,
	`${url.hostname}:443`,
	`${url.hostname}:80`
];

/** What Go finds on its global object. */
export interface GoNet {
	/** Constructor in place of the realm's `WebSocket`: the control connection uses it. */
	readonly WebSocket: (
		this: unknown,
		url: string,
		protocols?: string | readonly string[]
	) => object;
	readonly fetch: (input: unknown, init?: RequestInit) => Promise<Response>;
	/** Opens a DERP connection; the number stands for it in the other calls. */
	readonly headtabSocket: (url: string, protocol: string, onEvent: GoSocketEvent) => number;
	readonly headtabHangUp: (socket: number) => void;
	readonly take: GoBytes['take'];
	readonly write: GoBytes['write'];
}

/** What the host itself asks of the network that Go uses. */
export interface GoNetHandle {
	readonly net: GoNet;
	/** Hangs up on DERP where nothing was heard for so long, and with 0 on control, too: Go dials anew. */
	readonly hangUp: (silentMs: number) => void;
}

/** Longer than Go ever waits before it dials a lost home anew (5 s, tailscale.com v1.102.5): the home is another one. */
const HOME_REDIAL_MS = 30_000;

/** What `node/start` told. */
export interface GoNetTarget {
	readonly reach: Reach;
	readonly controlUrl: string;
	readonly hostname: string;
}

export interface GoNetOptions {
	readonly platform: NetPlatform;
	readonly events: NetEvents;
	/** Known from `node/start` on. */
	readonly target: () => GoNetTarget | null;
}

/** Builds the network for Go. */
export function goNet({ platform, events, target }: GoNetOptions): GoNetHandle {
	const sockets = new Map<number, GoSocket>();
	const open = new Set<number>();
	const controls = new Set<SocketLike>();
	const probes = new DerpProbes(platform.connect, (hostname) => {
		const reach = target()?.reach;
		if (reach?.by !== 'relay') return 0;
		const place = reach.derp.findIndex(({ hosts }) =>
			hosts.some((host) => host.toLowerCase().startsWith(`${hostname}:`))
		);
		// As home it would be dialled, refused, and the end of the node.
		return place < 0 ? null : place;
	});
	let lastSocket = 0;
	/** When DERP was dialled or lost last, once it was heard. */
	let derpMs: number | null = null;
	const noteDerp = () => {
		if (derpMs !== null) derpMs = performance.now();
	};
	const find = (url: string, isWebSocket: boolean, isOneMachines = false): Route => {
		const known = target();
		if (known === null) {
			return { to: 'refused', error: AppError.of('derp-unknown-host', { host: url }) };
		}
		const found = route({ url, isWebSocket, ...known });
		if (found.to === 'refused' && !isOneMachines) events.onRefused(found.error);
		return found;
	};

	function ControlSocket(
		this: unknown,
		url: string,
		protocols?: string | readonly string[]
	): object {
		const found = find(url, true);
		if (found.to !== 'control' && found.to !== 'derp')
			throw new TypeError(`refused: ${url.split('?')[0] ?? ''}`);
		const socket = platform.connect(
			found.url,
			typeof protocols === 'string' ? [protocols] : (protocols ?? [])
		);
		// DERP comes this way only from Go's stock wrapper, which the bench compares with.
		if (found.to === 'control') {
			controls.add(socket);
			watchControl(socket, (state, reason) => {
				if (state !== 'open') controls.delete(socket);
				events.onControl(state, reason);
			});
		}
		return socket;
	}

	const net: GoNet = {
		WebSocket: ControlSocket,
		async fetch(input, init) {
			const url = typeof input === 'string' ? input : String(input);
			const found = find(url, false);
			switch (found.to) {
				case 'probe':
					if (await probes.answers(new URL(url).hostname, init?.signal))
						return new Response(null, { status: 200 });
					throw new TypeError(`no answer: ${url}`);
				case 'control': {
					const response = await platform.fetch(found.url, init).catch((cause: unknown) => {
						events.onControl('failed', 'no answer');
						throw cause;
					});
					if (!response.ok) events.onControl('failed', `HTTP ${response.status}`);
					return response;
				}
				default:
					throw new TypeError(`refused: ${url.split('?')[0] ?? ''}`);
			}
		},
		headtabSocket(url, protocol, onEvent) {
			const id = ++lastSocket;
			// The own home is dialled first, and again within seconds when it is lost: beside that it is a machine's, which
			// alone is out of reach (N4).
			const isHomeKnown = derpMs !== null && performance.now() - derpMs < HOME_REDIAL_MS;
			const found = find(url, true, isHomeKnown || sockets.size > 0);
			if (found.to !== 'derp') {
				queueMicrotask(() => onEvent('close', 'unknown DERP host'));
				return id;
			}
			const { hostname } = new URL(url);
			let hasHeard = false;
			noteDerp();
			sockets.set(
				id,
				goSocket({
					socket: platform.connect(found.url, [protocol]),
					onEvent: (kind, reason) => {
						if (kind === 'data' && !hasHeard) {
							hasHeard = true;
							derpMs = performance.now();
							probes.heard(hostname);
						}
						if (kind === 'close') probes.ended(hostname, { url: found.url, hasHeard });
						onEvent(kind, reason);
						const wasOpen = open.size > 0;
						if (kind === 'open') open.add(id);
						if (kind === 'close') {
							noteDerp();
							sockets.delete(id);
							open.delete(id);
						}
						if (open.size > 0 !== wasOpen) events.onDerp(!wasOpen);
					},
					later: platform.later
				})
			);
			return id;
		},
		headtabHangUp: (id) => sockets.get(id)?.close(),
		take: (id, into) => sockets.get(id)?.take(into) ?? 0,
		write: (id, bytes) => sockets.get(id)?.write(bytes)
	};
	return {
		net,
		hangUp(silentMs) {
			const now = performance.now();
			for (const socket of [...sockets.values()]) {
				if (now - socket.heardMs >= silentMs) socket.close();
			}
			if (silentMs === 0) for (const socket of controls) socket.close();
		}
	};
}

/** Go's own library sets no `on…` handlers on its socket (it adds listeners), so these are free. */
function watchControl(socket: SocketLike, onControl: NetEvents['onControl']): void {
	let isOpen = false;
	socket.onopen = () => {
		isOpen = true;
		onControl('open', '');
	};
	socket.onclose = (event: { readonly code?: number; readonly reason?: string }) => {
		const reason = `code ${event.code ?? 1006}${event.reason ? ` ${event.reason}` : ''}`;
		if (isOpen) onControl('closed', reason);
		// The relay has to accept a window before it can tell it that Headscale does not answer.
		if (event.code === CLOSE_UPSTREAM_FAILED) onControl('failed', 'the app server cannot reach it');
		else if (!isOpen) onControl('failed', reason);
	};
}

/** A later task by a MessageChannel: in Chromium far sooner than a timer, and one for many messages. */
export function channelLater(): (run: () => void) => void {
	const { port1, port2 } = new MessageChannel();
	const waiting: (() => void)[] = [];
	port1.onmessage = () => {
		waiting.shift()?.();
	};
	return (run) => {
		waiting.push(run);
		port2.postMessage(null);
	};
}
