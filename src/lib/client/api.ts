// Typed calls to the app server's /api routes. Window only; the layout builds one, NodeClient uses it.
// Every failure leaves here as an AppError; an abort passes as it is.
import type {
	DiagnoseBody,
	KeyAnswer,
	OwnNodeBody,
	PersonView,
	PublicConfig,
	SessionAnswer,
	WindowView
} from '$lib/contracts/api';
import { AppError, fullReport, parseWireError, type WireError } from '$lib/contracts/app-error';
import { isErrorCode } from '$lib/contracts/errors';
import { parseDoctorAnswer, type DoctorAnswer } from '$lib/contracts/doctor';
import { isRecord } from '$lib/contracts/parse';
import { LEGS, type DerpRegion, type LegResult, type LegState } from '$lib/contracts/tailnet';
import { systemClock, type Clock } from './clock';

/** How often one call waits for `rate-limited` before it gives the error to its caller. */
const RATE_LIMIT_WAITS_MAX = 3;
/** A network that went silent would keep a question, and what waits for it, for as long as the browser does. The
 *  server's own limits are all shorter. */
export const API_TIMEOUT_MS = 60_000;
/** Longest Retry-After that is waited for; a longer one is told at once. */
const RATE_LIMIT_WAIT_MAX_S = 60;

export interface ApiOptions {
	readonly fetch: typeof fetch;
	/** Origin of the app server, for the text of `server-unreachable`. */
	readonly origin: string;
	/** Defaults to the browser's; where it refuses, `leave` uses a keep-alive request. */
	readonly sendBeacon?: (url: string, body: Blob) => boolean;
	readonly clock?: Clock;
}

export interface Api {
	/** Who is signed in, and what the window must know of the deployment. */
	session(signal?: AbortSignal): Promise<SessionAnswer>;
	/** Matches the identity to a Headscale user anew, past all caches. */
	relink(signal?: AbortSignal): Promise<SessionAnswer>;
	/** One single-use pre-auth key and what a node needs to join. Waits when told `rate-limited`. */
	issueKey(signal: AbortSignal): Promise<KeyAnswer>;
	/** The node runs: its key may be expired. */
	joined(hostname: string): Promise<void>;
	/** Whether Headscale still has the node. @throws AppError `node-removed` when it has not */
	alive(hostname: string, signal: AbortSignal): Promise<void>;
	/** The window closes or signs out: its node may be deleted. Works while the page unloads. */
	leave(hostname: string): void;
	/** Ends every login session of the person. @returns where to go next */
	logoutEverywhere(): Promise<string>;
	/** Ends the login session. @returns where to go next (the provider's end-session page, or `/`) */
	logout(): Promise<string>;
	/** Why a relay WebSocket would be refused, which browsers hide; null when it would not.
	 *  @param target `control` or `derp-{region}` */
	relayCheck(target: string, signal: AbortSignal): Promise<WireError | null>;
	/** The legs to a machine as the server sees them. Tells `rate-limited` at once.
	 *  @param address a Tailscale address of it */
	diagnose(address: string, signal: AbortSignal): Promise<readonly LegResult[]>;
	/** For admins: the windows with connections through this server. @throws AppError `admin-only` */
	windows(signal: AbortSignal): Promise<readonly WindowView[]>;
	/** For admins: ends one of them. @throws AppError `admin-only` | `not-found` | `headscale-*` */
	endWindow(id: string): Promise<void>;
	/** For admins: checks the whole deployment, which takes seconds. @throws AppError `admin-only` */
	doctor(signal: AbortSignal): Promise<DoctorAnswer>;
}

export function createApi(options: ApiOptions): Api {
	const { origin } = options;
	const clock = options.clock ?? systemClock;
	const sendBeacon =
		options.sendBeacon ?? ((url: string, body: Blob) => navigator.sendBeacon(url, body));

	async function send(path: string, init: RequestInit): Promise<Response> {
		try {
			return await options.fetch(path, {
				...init,
				credentials: 'same-origin',
				cache: 'no-store',
				redirect: 'error',
				headers: { accept: 'application/json', 'content-type': 'application/json' }
			});
		} catch (cause) {
			if (isAbort(cause)) throw cause;
			throw AppError.of('server-unreachable', { origin }, { cause });
		}
	}

	/** One request, to the end of its answer. @returns what it holds, or the refusal */
	async function once(
		path: string,
		init: RequestInit
	): Promise<{ readonly body: unknown } | AppError> {
		const limit = new AbortController();
		const timer = clock.setTimeout(() => {
			limit.abort(new DOMException('no answer', 'TimeoutError'));
		}, API_TIMEOUT_MS);
		const signals = init.signal ? [init.signal, limit.signal] : [limit.signal];
		try {
			const response = await send(path, { ...init, signal: AbortSignal.any(signals) });
			if (!response.ok) return await refusal(response, origin);
			return { body: response.status === 204 ? null : await json(response, origin) };
		} finally {
			clock.clearTimeout(timer);
		}
	}

	/** One call; the answer's body, or null for 204. */
	async function call(
		path: string,
		init: RequestInit,
		waitsMax = RATE_LIMIT_WAITS_MAX
	): Promise<unknown> {
		for (let waits = 0; ; waits += 1) {
			const asked = await once(path, init);
			if (!(asked instanceof AppError)) return asked.body;
			const seconds = Number(asked.params['seconds']);
			const mayWait =
				asked.code === 'rate-limited' &&
				waits < waitsMax &&
				seconds > 0 &&
				seconds <= RATE_LIMIT_WAIT_MAX_S;
			if (!mayWait) throw asked;
			await wait(clock, seconds * 1000, init.signal ?? undefined);
		}
	}

	const post = (path: string, body: unknown, signal?: AbortSignal): Promise<unknown> =>
		call(path, {
			method: 'POST',
			body: JSON.stringify(body),
			...(signal === undefined ? {} : { signal })
		});

	return {
		session: async (signal) =>
			parseSession(
				await call('/api/session', { method: 'GET', ...(signal === undefined ? {} : { signal }) })
			),
		relink: async (signal) => parseSession(await post('/api/session/link', {}, signal)),
		issueKey: async (signal) => parseKey(await post('/api/keys', {}, signal)),
		joined: async (hostname) => {
			const body: OwnNodeBody = { hostname };
			await post('/api/joined', body);
		},
		alive: async (hostname, signal) => {
			const body: OwnNodeBody = { hostname };
			await post('/api/alive', body, signal);
		},
		leave: (hostname) => {
			const body: OwnNodeBody = { hostname };
			const blob = new Blob([JSON.stringify(body)], { type: 'application/json' });
			if (sendBeacon('/api/leave', blob)) return;
			// Nobody is there to hear of a failure: the server's janitor removes what stays.
			void options
				.fetch('/api/leave', {
					method: 'POST',
					body: blob,
					keepalive: true,
					credentials: 'same-origin'
				})
				.then(
					() => undefined,
					() => undefined
				);
		},
		logoutEverywhere: async () => redirectOf(await post('/auth/logout/everywhere', {})),
		logout: async () => redirectOf(await post('/auth/logout', {})),
		relayCheck: async (target, signal) => {
			const answer = await call(`/api/relay/check?target=${encodeURIComponent(target)}`, {
				method: 'GET',
				signal
			});
			return parseRelayCheck(answer);
		},
		diagnose: async (address, signal) => {
			const body: DiagnoseBody = { address };
			const init = { method: 'POST', body: JSON.stringify(body), signal };
			return parseLegs(await call('/api/diagnose', init, 0));
		},
		windows: async (signal) =>
			parseWindows(await call('/api/admin/windows', { method: 'GET', signal })),
		endWindow: async (id) => {
			await call(`/api/admin/windows/${encodeURIComponent(id)}`, { method: 'DELETE' });
		},
		doctor: async (signal) =>
			parseDoctorAnswer(await call('/api/admin/doctor', { method: 'GET', signal }, 0))
	};
}

const isAbort = (value: unknown): boolean =>
	value instanceof DOMException && value.name === 'AbortError';

async function json(response: Response, origin: string): Promise<unknown> {
	try {
		return await response.json();
	} catch (cause) {
		if (isAbort(cause)) throw cause;
		// Cut, or something between (a captive portal) answered in the server's place.
		throw AppError.of('server-unreachable', { origin }, { cause });
	}
}

/** The AppError in a problem+json answer; an answer without one did not come from our server. */
async function refusal(response: Response, origin: string): Promise<AppError> {
	const body: unknown = await response.json().catch((cause: unknown) => {
		if (isAbort(cause)) throw cause;
		return null;
	});
	if (isRecord(body) && isErrorCode(body['code'])) {
		const seconds = response.headers.get('retry-after');
		const params = isRecord(body['params']) ? body['params'] : {};
		return AppError.fromWire(
			parseWireError({ ...body, params: seconds === null ? params : { seconds, ...params } })
		);
	}
	if (response.status === 401) return AppError.of('session-missing');
	return AppError.of(
		'server-unreachable',
		{ origin },
		{ cause: new Error(`HTTP ${response.status}`) }
	);
}

function wait(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		const onAbort = () => {
			clock.clearTimeout(timer);
			reject(new DOMException('aborted', 'AbortError'));
		};
		const timer = clock.setTimeout(() => {
			signal?.removeEventListener('abort', onAbort);
			resolve();
		}, delayMs);
		if (signal?.aborted === true) onAbort();
		else signal?.addEventListener('abort', onAbort, { once: true });
	});
}

const malformed = (reason: string): AppError => AppError.of('bad-request', { reason });

/** @throws AppError `bad-request` when it is none */
const redirectOf = (answer: unknown): string =>
	isRecord(answer) && typeof answer['redirect'] === 'string' ? answer['redirect'] : '/';

export function parseSession(value: unknown): SessionAnswer {
	if (!isRecord(value) || !isRecord(value['config'])) throw malformed('the session answer');
	const error = (part: unknown) =>
		part === null || part === undefined ? null : parseWireError(part);
	return {
		person: value['person'] === null ? null : parsePerson(value['person']),
		linkError: error(value['linkError']),
		loginError: error(value['loginError']),
		accessError: error(value['accessError']),
		config: parseConfig(value['config'])
	};
}

function parsePerson(value: unknown): PersonView {
	if (!isRecord(value) || typeof value['id'] !== 'string') throw malformed('the person');
	const { id, headscaleUser, sessionEndsInMs } = value;
	return {
		id,
		name: text(value['name']),
		email: text(value['email']),
		headscaleUser: typeof headscaleUser === 'string' ? headscaleUser : null,
		sessionEndsInMs: typeof sessionEndsInMs === 'number' ? sessionEndsInMs : Infinity,
		...(value['isAdmin'] === true ? { isAdmin: true as const } : {})
	};
}

function parseConfig(value: Readonly<Record<string, unknown>>): PublicConfig {
	const wasm = value['wasm'];
	return {
		version: text(value['version']),
		providerHost: text(value['providerHost']),
		origin: text(value['origin']),
		mode: value['mode'] === 'direct' ? 'direct' : 'relay',
		policy: text(value['policy']),
		headscaleOrigin: text(value['headscaleOrigin']),
		wasm:
			isRecord(wasm) && typeof wasm['url'] === 'string' && typeof wasm['sha256'] === 'string'
				? {
						url: wasm['url'],
						sha256: wasm['sha256'],
						sizeBytes: typeof wasm['sizeBytes'] === 'number' ? wasm['sizeBytes'] : 0
					}
				: null
	};
}

function parseKey(value: unknown): KeyAnswer {
	if (!isRecord(value)) throw malformed('the key answer');
	const { preAuthKey, expiresAtMs, hostname, headscaleUrl, mode, derp } = value;
	if (typeof preAuthKey !== 'string' || typeof hostname !== 'string')
		throw malformed('the key answer');
	return {
		preAuthKey,
		expiresAtMs: typeof expiresAtMs === 'number' ? expiresAtMs : 0,
		hostname,
		headscaleUrl: text(headscaleUrl),
		mode: mode === 'direct' ? 'direct' : 'relay',
		derp: Array.isArray(derp) ? derp.flatMap(parseRegion) : []
	};
}

function parseRegion(value: unknown): readonly DerpRegion[] {
	if (!isRecord(value) || typeof value['id'] !== 'number' || !Array.isArray(value['hosts']))
		return [];
	const hosts = value['hosts'].filter((host) => typeof host === 'string');
	return [{ id: value['id'], hosts }];
}

function parseRelayCheck(value: unknown): WireError | null {
	if (!isRecord(value)) throw malformed('the relay check');
	const error = value['error'];
	return isRecord(error) && isErrorCode(error['code']) ? parseWireError(error) : null;
}

const LEG_STATES: readonly LegState[] = ['ok', 'failed', 'not-reached', 'not-checked'];

function parseLegs(value: unknown): readonly LegResult[] {
	if (!isRecord(value) || !Array.isArray(value['legs'])) throw malformed('the diagnosis');
	return value['legs'].flatMap((part: unknown): readonly LegResult[] => {
		if (!isRecord(part)) return [];
		const leg = LEGS.find((known) => known === part['leg']);
		const state = LEG_STATES.find((known) => known === part['state']);
		// A newer server's leg that this window does not know is left out.
		if (leg === undefined || state === undefined) return [];
		const { tookMs, error } = part;
		return [
			{
				leg,
				state,
				tookMs: typeof tookMs === 'number' ? tookMs : null,
				detail: text(part['detail']),
				error: isRecord(error) ? fullReport(parseWireError(error)) : null
			}
		];
	});
}

function parseWindows(value: unknown): readonly WindowView[] {
	if (!isRecord(value) || !Array.isArray(value['windows'])) throw malformed('the list of windows');
	return value['windows'].flatMap((part: unknown): readonly WindowView[] => {
		if (!isRecord(part) || typeof part['id'] !== 'string') return [];
		const { id, hostname } = part;
		return [
			{
				id,
				hostname: typeof hostname === 'string' ? hostname : null,
				person: text(part['person']),
				email: text(part['email']),
				headscaleUser: text(part['headscaleUser']),
				sinceMs: number(part['sinceMs']),
				connections: number(part['connections']),
				upBytes: number(part['upBytes']),
				downBytes: number(part['downBytes'])
			}
		];
	});
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
