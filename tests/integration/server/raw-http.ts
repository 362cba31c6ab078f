// Requests as nobody's library would send them, over a plain socket, and what comes back.
import { connect, type Socket } from 'node:net';

/** A socket of its own to a server on loopback; its errors are seen as its close. */
export function rawSocket(port: number): Socket {
	const socket = connect({ port, host: '127.0.0.1' });
	socket.on('error', () => undefined);
	return socket;
}

/** Everything that the server says until it hangs up. */
export function heard(socket: Socket): Promise<string> {
	let text = '';
	socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
	return new Promise((resolve) => socket.once('close', () => resolve(text)));
}

/** Sends these bytes, and gives what is heard until the server hangs up. */
export function exchange(port: number, bytes: string): Promise<string> {
	const socket = rawSocket(port);
	const answer = heard(socket);
	socket.write(bytes, 'latin1');
	return answer;
}

/** Statuses of all answers in what was heard. */
export const statuses = (text: string): readonly number[] =>
	[...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
