// Outgoing requests with what `fetch` lacks: a deadline for the whole answer, no redirects, a size cap.
// Server only; used for the provider, Headscale and the own origin.

export interface GuardedRequest {
	readonly method?: 'GET' | 'POST' | 'DELETE' | 'HEAD' | 'OPTIONS';
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	readonly timeoutMs: number;
	readonly maxBytes: number;
}

export interface GuardedAnswer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
}

/** Why no whole answer came. `wasSent` false: certainly no connection was made, so a retry is safe. */
export class FetchFault extends Error {
	override readonly name = 'FetchFault';
	readonly wasSent: boolean;
	readonly kind: 'network' | 'timeout' | 'too-large';

	constructor(
		kind: FetchFault['kind'],
		options: { readonly wasSent: boolean; readonly detail: string; readonly cause?: unknown }
	) {
		super(`${kind}: ${options.detail}`, { cause: options.cause });
		this.kind = kind;
		this.wasSent = options.wasSent;
	}
}

/** Codes of failures before a byte of the request went out. */
const NOT_SENT = [
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'UND_ERR_CONNECT_TIMEOUT'
];

/** The `code` of a failure or of what caused it, e.g. `ECONNREFUSED`, `CERT_HAS_EXPIRED`. */
export function causeCode(cause: unknown, depth = 0): string {
	if (!(cause instanceof Error) || depth > 5) return '';
	if ('code' in cause && typeof cause.code === 'string') return cause.code;
	if (cause instanceof AggregateError) {
		for (const error of cause.errors) {
			const code = causeCode(error, depth + 1);
			if (code !== '') return code;
		}
	}
	return causeCode(cause.cause, depth + 1);
}

/** One request. A redirect is an answer like any other: nobody follows it.
 *  @throws FetchFault */
export async function guardedFetch(url: string, request: GuardedRequest): Promise<GuardedAnswer> {
	const signal = AbortSignal.timeout(request.timeoutMs);
	try {
		const response = await fetch(url, {
			method: request.method ?? 'GET',
			headers: { ...request.headers },
			...(request.body === undefined ? {} : { body: request.body }),
			redirect: 'manual',
			signal
		});
		return {
			status: response.status,
			headers: response.headers,
			text: await readCapped(response, request.maxBytes)
		};
	} catch (cause) {
		if (cause instanceof FetchFault) throw cause;
		if (signal.aborted)
			throw new FetchFault('timeout', {
				wasSent: true,
				detail: `no answer within ${String(request.timeoutMs)} ms`,
				cause
			});
		const code = causeCode(cause);
		throw new FetchFault('network', {
			wasSent: !NOT_SENT.includes(code),
			detail: code === '' ? 'connection lost' : code,
			cause
		});
	}
}

async function readCapped(response: Response, maxBytes: number): Promise<string> {
	if (response.body === null) return '';
	const chunks: Uint8Array[] = [];
	let size = 0;
	const reader = response.body.getReader();
	for (;;) {
		const { done, value: chunk } = await reader.read();
		if (done) return Buffer.concat(chunks).toString('utf8');
		size += chunk.byteLength;
		if (size > maxBytes) {
			await reader.cancel();
			throw new FetchFault('too-large', {
				wasSent: true,
				detail: `answer of more than ${String(maxBytes)} bytes`
			});
		}
		chunks.push(chunk);
	}
}

/** The time that a server told by its `Date`, in the middle of that second; null without one. */
export function dateMs(headers: Headers): number | null {
	const ms = Date.parse(headers.get('date') ?? '');
	return Number.isNaN(ms) ? null : ms + 500;
}

/** Parsed JSON, or undefined when the text is none. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		if (cause instanceof SyntaxError) return undefined;
		throw cause;
	}
}
