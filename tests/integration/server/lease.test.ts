// The janitor's lease over a store that refuses its password.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { SharedLease } from '$lib/server/janitor/lease';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { SharedStore } from '$lib/server/shared/store';

test('a refused password is told without the password', async () => {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		// One answer a command; several may come at once.
		socket.on('data', (chunk: Buffer) => {
			const commands = chunk.toString().match(/\*\d+\r\n\$/g)?.length ?? 0;
			socket.write('-WRONGPASS invalid username-password pair\r\n'.repeat(commands));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const lines: string[] = [];
	// It knows no secret: nothing of the error may hold one.
	const log = makeLogger({ level: 'trace', secrets: [], write: (line) => lines.push(line) });
	const url = new Secret(`redis://:correct-horse@127.0.0.1:${String(port)}/0`);
	const store = new SharedStore({ url, scope: 'https://tab.example', log });
	await store.connect();
	const lease = new SharedLease({ store, scope: 'https://hs.example', ttlMs: 1_000, log });
	expect(await lease.take()).toBe(false);
	await lease.release();
	store.stop();
	for (const socket of sockets) socket.destroy();
	await new Promise<void>((resolve) => server.close(() => resolve()));
	expect(lines.join('')).toContain('WRONGPASS');
	expect(lines.join('')).toContain('lease cannot be asked for');
	expect(lines.join('')).not.toContain('correct-horse');
});
