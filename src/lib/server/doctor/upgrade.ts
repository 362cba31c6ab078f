// Asks for a WebSocket and keeps the whole answer, whatever it is: proxies break upgrades in many ways, and
// WebSocket libraries tell them apart in texts only.
// Server only; used by the doctor's checks.
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

const BODY_MAX_CHARS = 16 * 1024;

export interface UpgradeAnswer {
	/** 101 when it was upgraded. */
	readonly status: number;
	readonly header: (name: string) => string | null;
	/** Of a refusal, cut. */
	readonly text: string;
}

/** @param url http(s); the connection is closed at once
 *  @throws what Node's request fails with; a `FetchFault`-like timeout has the code ETIMEDOUT */
export function tryUpgrade(
	url: string,
	options: {
		readonly protocol: string;
		readonly headers?: Readonly<Record<string, string>>;
		readonly timeoutMs: number;
	}
): Promise<UpgradeAnswer> {
	return new Promise((resolve, reject) => {
		const send = url.startsWith('https:') ? httpsRequest : httpRequest;
		const request = send(url, {
			agent: false,
			headers: {
				connection: 'Upgrade',
				upgrade: 'websocket',
				'sec-websocket-version': '13',
				'sec-websocket-key': randomBytes(16).toString('base64'),
				'sec-websocket-protocol': options.protocol,
				...options.headers
			}
		});
		const timer = setTimeout(
			() => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
			options.timeoutMs
		);
		const answer = (response: IncomingMessage, text: string) => {
			clearTimeout(timer);
			resolve({
				status: response.statusCode ?? 0,
				header: (name) => {
					const value = response.headers[name];
					return typeof value === 'string' ? value : null;
				},
				text
			});
			request.destroy();
		};
		request.on('upgrade', (response, socket) => {
			socket.on('error', () => socket.destroy());
			socket.destroy();
			answer(response, '');
		});
		request.on('response', (response) => {
			let text = '';
			response.setEncoding('utf8');
			response.on('data', (chunk: string) => {
				text += chunk;
				if (text.length > BODY_MAX_CHARS) answer(response, text.slice(0, BODY_MAX_CHARS));
			});
			response.on('end', () => answer(response, text));
		});
		request.on('error', (cause) => {
			clearTimeout(timer);
			reject(cause);
		});
		request.end();
	});
}
