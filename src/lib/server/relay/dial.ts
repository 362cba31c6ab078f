// Opens the upstream WebSocket of a relayed connection, and says in our words why it would not.
// Server only; used by relay/upgrade.ts and the check route.
import { WebSocket } from 'ws';
import { AppError, toAppError } from '$lib/contracts/app-error';
import {
	RELAY_DIAL_TIMEOUT_MS,
	RELAY_FRAGMENTS_MAX,
	RELAY_FRAME_MAX_BYTES
} from '$lib/contracts/limits';
import { lateReason, networkReason } from '../http/reason';
import type { RelayTarget } from './targets';

/** Dials the target's origins in turn. They share the time: a window's node waits 10 s for all of them.
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
				timeoutMs / target.origins.length
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
		const socket = new WebSocket(url, [target.protocol], {
			perMessageDeflate: false,
			maxPayload: RELAY_FRAME_MAX_BYTES,
			maxFragments: RELAY_FRAGMENTS_MAX,
			followRedirects: false
		});
		// For all of the handshake: ws's own limit begins anew with each byte that comes.
		const deadline = setTimeout(() => {
			reject(unreachable(target, lateReason(host)));
			socket.terminate();
		}, timeoutMs);
		socket.once('open', () => {
			clearTimeout(deadline);
			socket.pause();
			resolve(socket);
		});
		socket.on('unexpected-response', (request, response) => {
			clearTimeout(deadline);
			request.destroy();
			const status = response.statusCode ?? 0;
			reject(
				status === 405 && target.kind === 'control'
					? AppError.of('headscale-unsupported')
					: unreachable(target, answerReason(host, status, response.headers['content-type'] ?? ''))
			);
		});
		// Stays: bytes that came with the upgrade are read when the socket ends, and a bad frame among them fails then.
		socket.on('error', (cause) => {
			clearTimeout(deadline);
			reject(unreachable(target, networkReason(host, cause), cause));
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
