// A small HTTP server whose answers a test decides: for faults that no real server can be made to have.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export class StubServer {
	readonly url: string;
	/** Requests so far, `METHOD /path`. */
	readonly seen: string[] = [];
	answer: Answer;
	readonly #server: Server;

	private constructor(server: Server, answer: Answer) {
		this.#server = server;
		this.answer = answer;
		this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
	}

	static async start(answer: Answer): Promise<StubServer> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const stub = new StubServer(server, answer);
		server.on('request', (request, response) => {
			let body = '';
			request.setEncoding('utf8');
			request.on('data', (chunk: string) => (body += chunk));
			request.on('end', () => {
				stub.seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
				stub.answer(request, response, body);
			});
		});
		return stub;
	}

	get server(): Server {
		return this.#server;
	}

	async stop(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}
}

/** Answers JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
	response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** A port on which nobody listens. */
export async function deadUrl(): Promise<string> {
	const stub = await StubServer.start(() => undefined);
	await stub.stop();
	return stub.url;
}

/** The failure of a promise, whatever it is. */
export const failure = (promise: Promise<unknown>): Promise<unknown> =>
	promise.then(
		() => null,
		(cause: unknown) => cause
	);
