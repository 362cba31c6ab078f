// Free ports on loopback. Node; used by every part of the stack.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Ports handed out by this program: one that is not bound yet must not be handed out twice. */
const taken = new Set<number>();

/** A TCP port that nothing listens on, on loopback. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = await new Promise<number>((resolve, reject) => {
			const server = createServer();
			server.on('error', reject);
			server.listen(0, '127.0.0.1', () => {
				const address = server.address();
				server.close(() =>
					resolve(typeof address === 'object' && address !== null ? address.port : 0)
				);
			});
		});
		if (!taken.has(port)) {
			taken.add(port);
			return port;
		}
	}
}

/** A UDP port that nothing is bound to, on loopback. */
export async function freeUdpPort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const socket = createSocket('udp4');
		socket.on('error', reject);
		socket.bind(0, '127.0.0.1', () => {
			const { port } = socket.address();
			socket.close(() => resolve(port));
		});
	});
}

/** `wanted` if it is free on loopback, by IPv4 and IPv6; a free one otherwise. */
export async function preferredPort(wanted: number): Promise<number> {
	for (const host of ['127.0.0.1', '::1']) {
		if (!(await canListen(wanted, host))) return freePort();
	}
	taken.add(wanted);
	return wanted;
}

async function canListen(port: number, host: string): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		// A machine without IPv6 cannot have the port taken there.
		server.on('error', (cause: NodeJS.ErrnoException) => resolve(cause.code === 'EADDRNOTAVAIL'));
		server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
	});
}
