// An HTTP reverse proxy that changes answers on the way, for deployments that are broken by what stands
// between. Upgrades pass untouched. Used by doctor.test.ts.
import {
	createServer,
	request as httpRequest,
	type IncomingMessage,
	type OutgoingHttpHeaders,
	type Server
} from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** An answer as it goes on to the asker. */
export interface Rewritable {
	readonly method: string;
	/** Path and query. */
	readonly path: string;
	status: number;
	headers: OutgoingHttpHeaders;
	body: string;
}

export class RewritingProxy {
	readonly url: string;
	/** Changes an answer in place. */
	rewrite: (answer: Rewritable) => void = () => undefined;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(server: Server, target: URL) {
		this.#server = server;
		this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
		server.on('request', (request, response) => {
			void this.#ask(request, target).then((answer) => {
				this.rewrite(answer);
				// Its length may be another now; Node writes `Date` unless one is there.
				delete answer.headers['content-length'];
				delete answer.headers['transfer-encoding'];
				response.writeHead(answer.status, answer.headers).end(answer.body);
			});
		});
		server.on('upgrade', (request, client: Socket, head) => {
			const upstream = connect(Number(target.port), target.hostname, () => {
				const lines = request.rawHeaders.map((text, i) =>
					i % 2 === 0 ? `${text}: ` : `${text}\r\n`
				);
				upstream.write(`GET ${request.url ?? '/'} HTTP/1.1\r\n${lines.join('')}\r\n`);
				upstream.write(head);
				upstream.pipe(client).pipe(upstream);
			});
			for (const [one, other] of [
				[client, upstream],
				[upstream, client]
			] as const) {
				this.#sockets.add(one);
				one.on('error', () => other.destroy());
				one.on('close', () => {
					this.#sockets.delete(one);
					other.destroy();
				});
			}
		});
	}

	/** @param target http URL of what stands behind */
	static async start(target: string): Promise<RewritingProxy> {
		const server = createServer();
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return new RewritingProxy(server, new URL(target));
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.closeAllConnections();
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}

	#ask(request: IncomingMessage, target: URL): Promise<Rewritable> {
		return new Promise((resolve) => {
			const upstream = httpRequest(
				target.origin + (request.url ?? '/'),
				{ method: request.method, headers: request.headers, agent: false },
				(response) => {
					let body = '';
					response.setEncoding('utf8');
					response.on('data', (chunk: string) => (body += chunk));
					response.on('end', () =>
						resolve({
							method: request.method ?? '',
							path: request.url ?? '/',
							status: response.statusCode ?? 0,
							headers: { ...response.headers },
							body
						})
					);
				}
			);
			upstream.on('error', () =>
				resolve({ method: '', path: '', status: 502, headers: {}, body: '' })
			);
			request.pipe(upstream);
		});
	}
}
