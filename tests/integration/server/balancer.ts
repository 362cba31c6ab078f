// A reverse proxy before several replicas, as Caddy with `lb_policy round_robin` and `lb_try_duration`: each
// request to the next one, and on to another where one does not take it. HTTP and WebSockets.
import {
	createServer,
	request as httpRequest,
	type IncomingMessage,
	type ServerResponse
} from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Balancer {
	/** Sends everything to one replica; null: to each in turn. */
	pin(port: number | null): void;
	/** WebSockets by replica, since the start. */
	readonly upgrades: ReadonlyMap<number, number>;
	stop(): Promise<void>;
}

export async function startBalancer(port: number, replicas: readonly number[]): Promise<Balancer> {
	let turn = 0;
	let pinned: number | null = null;
	const upgrades = new Map(replicas.map((replica) => [replica, 0]));
	const sockets = new Set<Duplex>();
	const keep = <S extends Duplex>(socket: S): S => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		socket.on('close', () => sockets.delete(socket));
		return socket;
	};
	/** The replicas in the order in which they are tried. */
	const inTurn = (): readonly number[] => {
		if (pinned !== null) return [pinned];
		turn += 1;
		return replicas.map((_, index) => replicas[(turn + index) % replicas.length] ?? 0);
	};

	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => forward(request, response, Buffer.concat(chunks), inTurn()));
	});
	server.on('upgrade', (request, client, head) => {
		carry(request, keep(client), head, inTurn());
	});

	function carry(
		request: IncomingMessage,
		client: Duplex,
		head: Buffer,
		[replica, ...others]: readonly number[]
	): void {
		if (replica === undefined) {
			client.destroy();
			return;
		}
		const upstream: Socket = connect(replica, '127.0.0.1');
		upstream.once('error', () => {
			if (upstream.readyState !== 'open' && upstream.bytesRead === 0)
				carry(request, client, head, others);
			else client.destroy();
		});
		upstream.once('connect', () => {
			keep(upstream);
			upgrades.set(replica, (upgrades.get(replica) ?? 0) + 1);
			const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
			for (let at = 0; at < request.rawHeaders.length; at += 2)
				lines.push(`${request.rawHeaders[at] ?? ''}: ${request.rawHeaders[at + 1] ?? ''}`);
			upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
			upstream.write(head);
			client.pipe(upstream).pipe(client);
			client.once('close', () => upstream.destroy());
			upstream.once('close', () => client.destroy());
		});
	}

	await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
	return {
		pin: (replica) => {
			pinned = replica;
		},
		upgrades,
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		}
	};
}

function forward(
	request: IncomingMessage,
	response: ServerResponse,
	body: Buffer,
	[replica, ...others]: readonly number[]
): void {
	if (replica === undefined) {
		response.writeHead(502).end();
		return;
	}
	const { method, url, headers } = request;
	const sent = httpRequest(
		{ host: '127.0.0.1', port: replica, method, path: url, headers, agent: false },
		(answer) => {
			response.writeHead(answer.statusCode ?? 502, {
				...answer.headers,
				'x-replica': String(replica)
			});
			answer.pipe(response);
		}
	);
	sent.on('error', (cause: NodeJS.ErrnoException) => {
		// Not one byte went there: the next one may have it.
		if (cause.code === 'ECONNREFUSED') forward(request, response, body, others);
		else response.destroy();
	});
	sent.end(body);
}
