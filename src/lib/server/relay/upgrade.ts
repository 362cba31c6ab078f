// The relay's door: which upgrades become relayed connections. The order of the checks is the point:
// nothing is dialled for whom it is not meant.
// Server only; the server entry hands every `upgrade` here. Bytes pass in relay/pipe.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError, toAppError } from '$lib/contracts/app-error';
import {
	CLOSE_SESSION_ENDED,
	CLOSE_UPSTREAM_FAILED,
	CLOSE_WINDOW_ENDED,
	RELAY_CONTROL_PER_SESSION_MAX,
	RELAY_DERP_PER_SESSION_MAX,
	RELAY_FRAGMENTS_MAX,
	RELAY_FRAME_MAX_BYTES,
	RELAY_HANDSHAKE_MAX_BYTES,
	RELAY_NODE_PARAM
} from '$lib/contracts/limits';
import { auditSub, type Audit } from '../audit/log';
import { PASS_HEADER, type Instance } from '../doctor/instance';
import { problem } from '../http/answer';
import { checkHost, hostOf } from '../http/guard';
import type { Standing } from '../identity/standing';
import { plainText } from '../http/plain';
import type { Logger } from '../log';
import { readCookie } from '../session/cookies';
import type { LoginSession, LoginSessions } from '../session/login-session';
import type { Departures } from './departures';
import { dialUpstream } from './dial';
import { Pipe, PIPE_LIMITS, type PipeLimits } from './pipe';
import type { RelayTarget, RelayTargets } from './targets';

export interface RelayLimits extends PipeLimits {
	readonly controlPerSession: number;
	readonly derpPerSession: number;
	readonly total: number;
	readonly dialTimeoutMs?: number;
}

export interface RelayOptions {
	readonly origin: string;
	readonly sessionCookie: string;
	readonly sessions: LoginSessions;
	readonly targets: RelayTargets;
	readonly audit: Audit;
	readonly log: Logger;
	readonly now: () => number;
	readonly total: number;
	readonly limits?: Partial<RelayLimits>;
	/** Whether who signed in may still be here. */
	readonly access?: Pick<Standing, 'of'>;
	/** Where a request comes from, for the log; the socket's address unless given. */
	readonly addressOf?: (request: IncomingMessage) => string;
	/** Whether a hostname was made for a Headscale user; nobody's word is taken for it. */
	readonly isNodeOf?: (hostname: string, userId: string) => boolean;
	/** Is told when the last connection of a window's node closes as a browser does that ends them, and of the next
	 *  one: the window's beacon may be lost, or it crashed. */
	readonly departures?: Pick<Departures, 'mayBeGone' | 'isBack'>;
	/** Knows the doctor, who wants to see the door open and nothing behind it. */
	readonly instance?: Pick<Instance, 'isPass'>;
}

/** A window as the relay knows it: its connections of now. */
export interface RelayWindow {
	/** The hostname of its node, or `session-…` where the window does not name it. */
	readonly id: string;
	readonly hostname: string | null;
	readonly session: LoginSession;
	/** When the oldest of its connections was opened, by our clock. */
	readonly sinceMs: number;
	readonly connections: number;
	readonly upBytes: number;
	readonly downBytes: number;
}

/** One relayed connection, from its admission on. */
interface Connection {
	readonly session: LoginSession;
	readonly target: RelayTarget;
	/** The window's node, where it was named and is the person's. */
	readonly hostname: string | null;
	readonly sinceMs: number;
	end: (code: number, reason: string) => void;
	/** Bytes so far. */
	moved: () => { readonly up: number; readonly down: number };
}

/** A person may sign in in several browsers, but not take everybody's room by signing in again and again. */
const SESSIONS_PER_PERSON = 4;
/** Going away (RFC 6455, 7.4.1): a browser's word for a page or worker that ends, and for a connection that a script
 *  closes while it opens; a proxy's that ends. What a network breaks has no code, and a node that ends its
 *  connections itself sends another. */
const GOING_AWAY = 1001;
/** How often living connections are held against their session's expiry. */
const EXPIRY_CHECK_MS = 5_000;

export class Relay {
	readonly #options: RelayOptions;
	readonly #limits: RelayLimits;
	readonly #server: WebSocketServer;
	readonly #connections = new Set<Connection>();
	readonly #timer: NodeJS.Timeout;
	readonly #stopListening: () => void;
	#closedBytes = { up: 0, down: 0 };
	#isStopping = false;

	constructor(options: RelayOptions) {
		this.#options = options;
		this.#limits = {
			...PIPE_LIMITS,
			controlPerSession: RELAY_CONTROL_PER_SESSION_MAX,
			derpPerSession: RELAY_DERP_PER_SESSION_MAX,
			total: options.total,
			...options.limits
		};
		this.#server = new WebSocketServer({
			noServer: true,
			clientTracking: false,
			perMessageDeflate: false,
			maxPayload: RELAY_FRAME_MAX_BYTES,
			maxFragments: RELAY_FRAGMENTS_MAX,
			// Exactly the one that was checked before.
			handleProtocols: (protocols) => [...protocols][0] ?? false
		});
		this.#stopListening = options.sessions.onEnd(() => this.#closeEnded());
		this.#timer = setInterval(() => this.#closeExpired(), EXPIRY_CHECK_MS);
		this.#timer.unref();
	}

	/** Connections that are open or being opened. */
	get size(): number {
		return this.#connections.size;
	}

	/** Connections by kind. */
	count(kind: RelayTarget['kind']): number {
		let count = 0;
		for (const { target } of this.#connections) if (target.kind === kind) count += 1;
		return count;
	}

	/** Bytes relayed since the start, the open connections' included. */
	get movedBytes(): { readonly up: number; readonly down: number } {
		let { up, down } = this.#closedBytes;
		for (const connection of this.#connections) {
			const moved = connection.moved();
			up += moved.up;
			down += moved.down;
		}
		return { up, down };
	}

	/** The windows that have connections now, the oldest first. */
	get windows(): readonly RelayWindow[] {
		const windows = new Map<string, RelayWindow>();
		for (const connection of this.#connections) {
			const id = windowId(connection);
			const { up, down } = connection.moved();
			const before = windows.get(id);
			windows.set(id, {
				id,
				hostname: connection.hostname,
				session: connection.session,
				sinceMs: Math.min(before?.sinceMs ?? Infinity, connection.sinceMs),
				connections: (before?.connections ?? 0) + 1,
				upBytes: (before?.upBytes ?? 0) + up,
				downBytes: (before?.downBytes ?? 0) + down
			});
		}
		return [...windows.values()].sort((a, b) => a.sinceMs - b.sinceMs);
	}

	/** Whether a window with this node has a connection here. */
	hasNode(hostname: string): boolean {
		for (const connection of this.#connections) if (connection.hostname === hostname) return true;
		return false;
	}

	/** Why one more connection would be refused for want of room; null when there is some. */
	roomError(session: LoginSession, target: RelayTarget): AppError | null {
		if (this.#connections.size >= this.#limits.total)
			return AppError.of('relay-limit', { limit: String(this.#limits.total) });
		const limit =
			target.kind === 'control' ? this.#limits.controlPerSession : this.#limits.derpPerSession;
		let ofSession = 0;
		let ofPerson = 0;
		for (const other of this.#connections) {
			if (other.target.kind !== target.kind) continue;
			if (other.session.sid === session.sid) ofSession += 1;
			if (other.session.headscaleUser?.id === session.headscaleUser?.id) ofPerson += 1;
		}
		if (ofSession >= limit) return AppError.of('relay-limit', { limit: String(limit) });
		const personLimit = limit * SESSIONS_PER_PERSON;
		return ofPerson < personLimit
			? null
			: AppError.of('relay-limit', { limit: String(personLimit) });
	}

	/** The sign-ins that have connections here. */
	get sessions(): readonly LoginSession[] {
		const sessions = new Map<string, LoginSession>();
		for (const { session } of this.#connections) sessions.set(session.sid, session);
		return [...sessions.values()];
	}

	/** Closes the connections of one sign-in; the window asks why. */
	endSession(sid: string, reason: string): void {
		for (const connection of this.#connections)
			if (connection.session.sid === sid) connection.end(CLOSE_SESSION_ENDED, reason);
	}

	/** Closes the connections of one window. */
	endWindow(id: string): void {
		for (const connection of this.#connections)
			if (windowId(connection) === id) connection.end(CLOSE_WINDOW_ENDED, 'ended by an admin');
	}

	/** Takes one upgrade: ends in a relayed connection, or in an HTTP refusal with `X-Headtab-Code`.
	 *  Upstream failures close with 4502 and the code as reason, as a browser hides HTTP refusals.
	 *  @param ownHeaders what every answer of this server has, for the refusal */
	async upgrade(
		request: IncomingMessage,
		socket: Duplex,
		head: Buffer,
		ownHeaders: Readonly<Record<string, string>> = {}
	): Promise<void> {
		const onError = () => socket.destroy();
		socket.on('error', onError);
		const address = this.#options.addressOf?.(request) ?? request.socket.remoteAddress ?? '';
		let connection: Connection | null = null;
		try {
			const admitted = await this.#admit(request);
			if (admitted === 'doctor') {
				socket.off('error', onError);
				const client = this.#accept(request, socket, head);
				client?.on('error', () => client.terminate());
				client?.close(1000, 'doctor');
				return;
			}
			const { session, target, query, hostname } = admitted;
			// With nothing between the two: many may have waited for the same answer.
			this.#checkRoom(session, target);
			connection = this.#open(session, target, hostname);
			const upstream = await dialUpstream(target, query, this.#limits.dialTimeoutMs).catch(
				toAppError
			);
			socket.off('error', onError);
			if (socket.destroyed) {
				if (!(upstream instanceof AppError)) upstream.terminate();
				this.#connections.delete(connection);
				return;
			}
			const client = this.#accept(request, socket, head);
			if (client === null) {
				this.#connections.delete(connection);
				if (!(upstream instanceof AppError)) upstream.terminate();
			} else if (upstream instanceof AppError) this.#failed(connection, client, upstream);
			else this.#join(connection, client, upstream);
		} catch (cause) {
			if (connection !== null) this.#connections.delete(connection);
			const path = request.url ?? '';
			this.#refuse(socket, toAppError(cause), { address, path, ownHeaders });
		}
	}

	/** ws calls back at once or never: not for a client that has hung up, nor for one that asks wrongly.
	 *  @returns null for those; ws has ended their sockets */
	#accept(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocket | null {
		const taken: WebSocket[] = [];
		this.#server.handleUpgrade(request, socket, head, (client) => taken.push(client));
		return taken[0] ?? null;
	}

	/** Closes everything with 1012 (service restart); clients come back by themselves. */
	stop(): void {
		this.#isStopping = true;
		clearInterval(this.#timer);
		this.#stopListening();
		for (const connection of this.#connections) connection.end(1012, 'server restarts');
	}

	async #admit(request: IncomingMessage): Promise<
		| {
				session: LoginSession;
				target: RelayTarget;
				query: string;
				hostname: string | null;
		  }
		| 'doctor'
	> {
		const { origin, sessions, sessionCookie, targets } = this.#options;
		const url = request.url ?? '';
		const at = url.indexOf('?');
		const path = at < 0 ? url : url.slice(0, at);
		const target = targets.byPath(path);
		if (target === null) throw AppError.of('not-found');
		const { query, node } = checkQuery(target, at < 0 ? '' : url.slice(at + 1));
		if (request.method !== 'GET')
			throw AppError.of('method-not-allowed', { method: plainText(request.method ?? '', 20) });
		checkHost({ host: hostOf(request), path }, origin);
		// A browser always says where a WebSocket comes from, so an absent Origin is refused, too.
		if (request.headers.origin !== origin)
			throw AppError.of('origin-refused', {
				origin: plainText(request.headers.origin ?? 'an unknown page', 100),
				expected: origin
			});
		// Its words about what a proxy changed need no session.
		if (await this.#isDoctor(request)) {
			checkProtocol(request, target);
			return 'doctor';
		}
		const opened = await sessions.open(readCookie(request.headers.cookie, sessionCookie));
		if (opened === null) throw AppError.of('session-missing');
		const stand = await this.#options.access?.of(opened.session);
		if (stand !== undefined && stand.fault !== null) throw stand.fault;
		const session = stand?.session ?? opened.session;
		if (session.headscaleUser === null) throw linkFault(session);
		checkProtocol(request, target);
		const isOwn = node !== null && this.#options.isNodeOf?.(node, session.headscaleUser.id);
		return { session, target, query, hostname: isOwn === true ? node : null };
	}

	async #isDoctor(request: IncomingMessage): Promise<boolean> {
		const pass = request.headers[PASS_HEADER];
		return typeof pass === 'string' && (await this.#options.instance?.isPass(pass)) === true;
	}

	#checkRoom(session: LoginSession, target: RelayTarget): void {
		if (this.#isStopping) throw AppError.of('server-stopping');
		const error = this.roomError(session, target);
		if (error !== null) throw error;
	}

	/** Counts from here on: dialling takes time, and many at once must not slip past the limits. */
	#open(session: LoginSession, target: RelayTarget, hostname: string | null): Connection {
		const connection: Connection = {
			session,
			target,
			hostname,
			sinceMs: this.#options.now(),
			end: () => undefined,
			moved: () => ({ up: 0, down: 0 })
		};
		this.#connections.add(connection);
		if (hostname !== null) this.#options.departures?.isBack(hostname);
		return connection;
	}

	#failed(connection: Connection, client: WebSocket, error: AppError): void {
		this.#connections.delete(connection);
		this.#options.log.warn(
			{ code: error.code, id: error.id, params: error.params, target: connection.target.name },
			'relay target failed'
		);
		this.#options.audit.write('relay.refused', false, {
			...who(connection.session),
			target: connection.target.name,
			code: error.code
		});
		client.on('error', () => client.terminate());
		client.close(CLOSE_UPSTREAM_FAILED, error.code);
	}

	#join(connection: Connection, client: WebSocket, upstream: WebSocket): void {
		const { audit, sessions } = this.#options;
		const startedMs = performance.now();
		const fields = { ...who(connection.session), target: connection.target.name };
		const pipe = new Pipe({
			client,
			upstream,
			limits: this.#limits,
			onEnd: (end) => {
				this.#connections.delete(connection);
				this.#closedBytes = {
					up: this.#closedBytes.up + end.upBytes,
					down: this.#closedBytes.down + end.downBytes
				};
				audit.write('relay.close', true, {
					...fields,
					reason: end.reason,
					closeCode: end.closeCode,
					upBytes: end.upBytes,
					downBytes: end.downBytes,
					seconds: Math.round((performance.now() - startedMs) / 1000)
				});
				const { session, hostname } = connection;
				if (end.clientCode === GOING_AWAY && hostname !== null && !this.hasNode(hostname))
					this.#options.departures?.mayBeGone(session, hostname);
			}
		});
		connection.end = (code, reason) => pipe.close(code, reason);
		connection.moved = () => ({ up: pipe.upBytes, down: pipe.downBytes });
		audit.write('relay.open', true, fields);
		// The session or the server may have ended while the upstream was dialled.
		if (sessions.isEnded(connection.session)) pipe.close(CLOSE_SESSION_ENDED, 'session-ended');
		else if (this.#isStopping) pipe.close(1012, 'server restarts');
	}

	#refuse(
		socket: Duplex,
		error: AppError,
		facts: {
			readonly address: string;
			readonly path: string;
			readonly ownHeaders: Readonly<Record<string, string>>;
		}
	): void {
		this.#options.audit.write('relay.refused', false, {
			code: error.code,
			ip: facts.address,
			// Never the query: it holds the handshake.
			path: facts.path.split('?')[0]
		});
		if (error.code === 'internal')
			this.#options.log.error({ err: error.cause, id: error.id }, 'relay');
		if (socket.destroyed) return;
		const { status, headers, body } = problem(error);
		const lines = Object.entries({
			...facts.ownHeaders,
			...headers,
			'content-length': String(Buffer.byteLength(body)),
			connection: 'close'
		}).map(([name, value]) => `${name}: ${value}\r\n`);
		// Half open, and no timeout of HTTP's watches it any more: who does not hang up keeps it for ever.
		socket.once('finish', () => socket.destroy());
		socket.end(`HTTP/1.1 ${String(status)} Refused\r\n${lines.join('')}\r\n${body}`);
	}

	#closeEnded(): void {
		for (const connection of this.#connections)
			if (this.#options.sessions.isEnded(connection.session))
				connection.end(CLOSE_SESSION_ENDED, 'session-ended');
	}

	#closeExpired(): void {
		const nowS = this.#options.now() / 1000;
		for (const connection of this.#connections)
			if (this.#options.sessions.expiryOf(connection.session) <= nowS)
				connection.end(CLOSE_SESSION_ENDED, 'session-ended');
	}
}

const who = (session: LoginSession) => ({
	sid: session.sid.slice(0, 6),
	sub: auditSub(session.identity.iss, session.identity.sub),
	user: session.headscaleUser?.id ?? null
});

function checkProtocol(request: IncomingMessage, target: RelayTarget): void {
	if (request.headers['sec-websocket-protocol'] !== target.protocol)
		throw AppError.of('bad-request', { reason: `the WebSocket must speak ${target.protocol}` });
}

function linkFault(session: LoginSession): AppError {
	return session.linkError === null
		? AppError.of('session-missing')
		: AppError.fromWire(session.linkError);
}

const windowId = ({ hostname, session }: Connection): string =>
	hostname ?? `session-${session.sid.slice(0, 6)}`;

/** Control takes exactly the Noise handshake, DERP nothing; both may be told the window's node.
 *  @returns the query to send on, with its `?`, or empty; and the node */
function checkQuery(
	target: RelayTarget,
	query: string
): { readonly query: string; readonly node: string | null } {
	if (query.length > RELAY_HANDSHAKE_MAX_BYTES)
		throw AppError.of('bad-request', { reason: 'the handshake is too long' });
	const params = [...new URLSearchParams(query)];
	const node = params.find(([name]) => name === RELAY_NODE_PARAM) ?? null;
	const rest = params.filter((param) => param !== node);
	const named = node?.[1] ?? null;
	if (target.kind === 'derp') {
		if (rest.length > 0) throw AppError.of('bad-request', { reason: 'DERP takes no query' });
		return { query: '', node: named };
	}
	const [first] = rest;
	if (
		first === undefined ||
		rest.length !== 1 ||
		first[0].toLowerCase() !== 'x-tailscale-handshake'
	)
		throw AppError.of('bad-request', { reason: 'control takes one Tailscale handshake' });
	return {
		query: `?${new URLSearchParams({ 'X-Tailscale-Handshake': first[1] }).toString()}`,
		node: named
	};
}
