// Opens the upstream WebSocket of a relayed connection, and says in our words why it would not.
// Server only; used by relay/upgrade.ts and the check route.
import { WebSocket } from 'ws';
import { AppError, toAppError } from '$lib/contracts/app-error';
import {
	RELAY_DIAL_TIMEOUT_MS,
	RELAY_FRAGMENTS_MAX,
	RELAY_FRAME_MAX_BYTES
} from '$lib/contracts/limits';
import { causeCode } from '../http/fetch';
import type { RelayTarget } from './targets';

/** Failures of a certificate check (Node's names). */
const CERTIFICATE_CODES =
	/^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Dials the target's origins in turn.
 *  @param query already checked, with its `?`, or empty
 *  @returns an open socket, paused: nothing is lost before somebody listens
 *  @throws AppError `control-unreachable` | `derp-unreachable` | `headscale-unsupported` */
export async function dialUpstream(
	target: RelayTarget,
	query: string,
	timeoutMs = RELAY_DIAL_TIMEOUT_MS
): Promise<WebSocket> {
	let failure: AppError | null = null;
	for (const origin of target.origins) {
		try {
			return await dialOne(
				`${origin.replace(/^http/, 'ws')}${target.path}${query}`,
				target,
				timeoutMs
			);
		} catch (cause) {
			failure = toAppError(cause);
		}
	}
	throw failure ?? unreachable(target, 'no address is known');
}

function dialOne(url: string, target: RelayTarget, timeoutMs: number): Promise<WebSocket> {
	return new Promise((resolve, reject) => {
		const host = new URL(url).host;
		const startedMs = performance.now();
		const socket = new WebSocket(url, [target.protocol], {
			perMessageDeflate: false,
			maxPayload: RELAY_FRAME_MAX_BYTES,
			maxFragments: RELAY_FRAGMENTS_MAX,
			handshakeTimeout: timeoutMs,
			followRedirects: false
		});
		socket.once('open', () => {
			socket.pause();
			socket.removeAllListeners('error');
			resolve(socket);
		});
		socket.on('unexpected-response', (request, response) => {
			request.destroy();
			const status = response.statusCode ?? 0;
			reject(
				status === 405 && target.kind === 'control'
					? AppError.of('headscale-unsupported')
					: unreachable(target, answerReason(host, status, response.headers['content-type'] ?? ''))
			);
		});
		socket.on('error', (cause) => {
			// ws names its own deadline only in a text.
			const isTimeout = performance.now() - startedMs >= timeoutMs;
			reject(unreachable(target, networkReason(host, cause, isTimeout), cause));
		});
	});
}

function unreachable(target: RelayTarget, reason: string, cause?: unknown): AppError {
	return target.region === null
		? AppError.of('control-unreachable', { reason }, { cause })
		: AppError.of('derp-unreachable', { region: String(target.region), reason }, { cause });
}

function answerReason(host: string, status: number, type: string): string {
	if (status >= 300 && status < 400) return `${host} answered with a redirect (${String(status)})`;
	if (status === 426 || status === 400)
		return `${host} got no upgrade (${String(status)}): the proxy in front of it drops Upgrade and Connection`;
	if (status === 200 && /html/i.test(type))
		return `${host} answered with a web page, so it is another service`;
	if (status >= 502 && status <= 504)
		return `the proxy at ${host} gets no answer from behind it (${String(status)})`;
	return `${host} answered ${String(status)} instead of a WebSocket`;
}

function networkReason(host: string, cause: unknown, isTimeout: boolean): string {
	const code = causeCode(cause);
	if (code === 'ECONNREFUSED') return `${host} refuses connections`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${host} is not known`;
	if (CERTIFICATE_CODES.test(code))
		return `the certificate of ${host} is not trusted (${code}); a private CA is named by NODE_EXTRA_CA_CERTS`;
	if (isTimeout) return `${host} did not answer in time`;
	if (code === 'EPROTO') return `${host} does not speak TLS there`;
	return `the connection to ${host} failed${code === '' ? '' : ` (${code})`}`;
}
