// Free ports on loopback. Node; used by every part of the stack.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';

/** Below the ports that systems give to whoever asks for any: nobody else draws one of these by chance. */
const FIRST = 10_000;
const LAST = 32_000;
/** Amanda's, to which browsers and fetch do not go (the Fetch standard, port blocking). */
const BLOCKED = 10_080;

/** A TCP port that nothing listens on, on loopback. This program's until it ends, though it is bound only later. */
export const freePort = (): Promise<number> => draw(isFree);

/** A UDP port that nothing is bound to, on loopback; this program's like the above. */
export const freeUdpPort = (): Promise<number> => draw(canBind);

/** `wanted` if it is free on loopback, by IPv4 and IPv6; a free one otherwise. */
export const preferredPort = async (wanted: number): Promise<number> =>
	(await isFree(wanted)) ? wanted : freePort();

async function draw(isUnused: (port: number) => Promise<boolean>): Promise<number> {
	for (;;) {
		const port = randomInt(FIRST, LAST);
		if (port === BLOCKED) continue;
		const reservation = await reserve(port);
		if (reservation === null) continue;
		if (await isUnused(port)) return port;
		reservation.close();
	}
}

/** Against other programs that draw, too: a name among Linux' abstract sockets, which one program can have, and
 *  has until it ends. @returns null where it is taken */
function reserve(port: number): Promise<Server | null> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', (cause: NodeJS.ErrnoException) => {
			if (cause.code === 'EADDRINUSE') resolve(null);
			else reject(cause);
		});
		server.listen({ path: `\0headtab-port-${String(port)}` }, () => resolve(server));
		server.unref();
	});
}

async function isFree(port: number): Promise<boolean> {
	return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'));
}

async function canListen(port: number, host: string): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		// A machine without IPv6 cannot have the port taken there.
		server.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
			resolve(['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code))
		);
		server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
	});
}

async function canBind(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = createSocket('udp4');
		socket.on('error', () => resolve(false));
		socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
			socket.close(() => resolve(true));
		});
	});
}
