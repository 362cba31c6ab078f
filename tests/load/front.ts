// Stands before a real Headscale as the relay's upstream: plain requests pass through to it, WebSockets to
// control and DERP are taken by whoever made it (the load's far end, the recorder).
import { createServer, request as ask, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

export interface Front {
	/** `http://127.0.0.1:PORT`: HEADTAB_HEADSCALE_URL. */
	readonly url: string;
	stop(): Promise<void>;
}

export async function startFront(options: {
	readonly headscaleUrl: string;
	readonly onSocket: (socket: WebSocket, request: IncomingMessage) => void;
}): Promise<Front> {
	const { headscaleUrl, onSocket } = options;
	const server = createServer((request, response) => {
		const { method, url: path, headers } = request;
		const passed = ask(new URL(path ?? '/', headscaleUrl), { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		passed.on('error', () => response.destroy());
		request.pipe(passed);
	});
	const sockets = new Set<WebSocket>();
	const accepting = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		handleProtocols: (protocols) => [...protocols][0] ?? false
	});
	server.on('upgrade', (request, socket, head) => {
		const [path] = (request.url ?? '').split('?');
		if (path !== '/ts2021' && path !== '/derp') {
			socket.destroy();
			return;
		}
		accepting.handleUpgrade(request, socket, head, (taken) => {
			sockets.add(taken);
			taken.once('close', () => sockets.delete(taken));
			taken.on('error', () => taken.terminate());
			onSocket(taken, request);
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.on('error', reject);
		// Thousands come at once.
		server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve);
	});
	return {
		url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
		async stop() {
			for (const socket of sockets) socket.terminate();
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			server.closeAllConnections();
			await closed;
		}
	};
}
