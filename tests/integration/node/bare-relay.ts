// All that a relay is to a node, without the app: `/relay` of an origin is the root of a Headscale.
import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** @param derpPorts regions that are not Headscale's own, and their servers on this machine's loopback */
export async function relayTo(
	url: string,
	derpPorts: ReadonlyMap<number, number> = new Map()
): Promise<{ readonly origin: string; stop(): void }> {
	const { hostname, port } = new URL(url);
	const rootOf = (path = '') => path.replace(/^\/relay(?=\/)/, '');
	const sockets = new Set<Socket>();
	const server = createServer((incoming, answer) => {
		const ask = request(url + rootOf(incoming.url), { method: incoming.method }, (upstream) => {
			answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
			upstream.pipe(answer);
		});
		ask.on('error', () => answer.destroy());
		ask.end();
	});
	server.on('upgrade', (incoming: IncomingMessage, client: Socket) => {
		const [, region = ''] = /^\/relay\/derp\/(\d+)/.exec(incoming.url ?? '') ?? [];
		const derpPort = derpPorts.get(Number(region));
		const upstream = connect(derpPort ?? Number(port), hostname);
		for (const socket of [client, upstream]) {
			sockets.add(socket);
			socket.on('error', () => undefined);
		}
		const headers = incoming.rawHeaders.flatMap((name, at, all) =>
			at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ''}\r\n`] : []
		);
		const path = derpPort === undefined ? rootOf(incoming.url) : '/derp';
		upstream.write(`GET ${path} HTTP/1.1\r\n${headers.join('')}\r\n`);
		client.pipe(upstream).pipe(client);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
		stop: () => {
			for (const socket of sockets) socket.destroy();
			server.close();
		}
	};
}
