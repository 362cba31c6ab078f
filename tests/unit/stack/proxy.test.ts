// The recording proxy: carries both ways, keeps what it carried, cuts and pauses as a network does.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../stack/ports';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';
import { seeded } from '../../chaos/chance';

let echo: Server;
let proxy: RecordingProxy;
const clients: Socket[] = [];

beforeEach(async () => {
	echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
	const targetPort = await freePort();
	await new Promise<void>((resolve) => echo.listen(targetPort, '127.0.0.1', resolve));
	proxy = await startProxy({ port: await freePort(), targetPort, random: seeded(7) });
});
afterEach(async () => {
	for (const client of clients.splice(0)) client.destroy();
	await proxy.stop();
	echo.close();
});

async function client(): Promise<Socket> {
	const socket = connect(proxy.port, '127.0.0.1');
	socket.on('error', () => socket.destroy());
	clients.push(socket);
	await once(socket, 'connect');
	return socket;
}

/** With or without an error. */
const closed = (socket: Socket): Promise<void> =>
	new Promise((resolve) => socket.once('close', () => resolve()));

test('carries both ways and keeps every byte of it', async () => {
	const socket = await client();
	socket.write('marker');
	const [answer] = (await once(socket, 'data')) as [Buffer];
	expect(answer.toString()).toBe('marker');
	expect(proxy.recorded().toString()).toBe('markermarker');
	proxy.forget();
	expect(proxy.recorded()).toHaveLength(0);
});

test('cut ends what is open, pause refuses what comes', async () => {
	const socket = await client();
	proxy.cut();
	await once(socket, 'close');
	proxy.pause();
	await once(await client(), 'close');
	proxy.resume();
	const again = await client();
	again.write('x');
	await once(again, 'data');
});

test('abandon leaves both sides open and silent; new connections are carried', async () => {
	const socket = await client();
	socket.write('before');
	await once(socket, 'data');
	proxy.abandon();
	let heard = 0;
	socket.on('data', (chunk: Buffer) => (heard += chunk.length));
	socket.write('lost');
	const again = await client();
	again.write('new');
	const [answer] = (await once(again, 'data')) as [Buffer];
	expect(answer.toString()).toBe('new');
	proxy.resume();
	again.write('more');
	await once(again, 'data');
	expect({ heard, isOpen: socket.readyState }).toEqual({ heard: 0, isOpen: 'open' });
});

test('stall holds everything and loses nothing of it', async () => {
	const socket = await client();
	proxy.stall();
	socket.write('held');
	await expect.poll(() => proxy.recorded().toString()).toBe('held');
	proxy.resume();
	const [answer] = (await once(socket, 'data')) as [Buffer];
	expect(answer.toString()).toBe('held');
});

test('latency, rate and slices keep order and bytes', async () => {
	proxy.setFaults({ latencyMs: 30, bytesPerS: 20_000, sliceBytes: 7 });
	const socket = await client();
	const sent = Buffer.from(Array.from({ length: 4_000 }, (_, i) => i % 251));
	const startedMs = performance.now();
	const chunks: Buffer[] = [];
	socket.on('data', (chunk: Buffer) => chunks.push(chunk));
	socket.write(sent);
	await expect.poll(() => Buffer.concat(chunks).length, { timeout: 5_000 }).toBe(sent.length);
	expect(Buffer.concat(chunks).equals(sent)).toBe(true);
	// Two ways of 30 ms, and 4,000 bytes at 20,000 a second.
	expect(performance.now() - startedMs).toBeGreaterThan(200);
});

test('jitter and lost pieces, by a seed, keep order and bytes', async () => {
	proxy.setFaults({ jitterMs: 20, lossShare: 0.4 });
	const socket = await client();
	const startedMs = performance.now();
	let back = '';
	socket.on('data', (chunk: Buffer) => (back += chunk.toString()));
	for (let i = 0; i < 3; i += 1) {
		socket.write(`${String(i)};`);
		await expect.poll(() => back, { timeout: 20_000, interval: 5 }).toContain(`${String(i)};`);
	}
	expect(back).toBe('0;1;2;');
	// This seed loses some of the six pieces, and each of those comes 200 ms later.
	expect(performance.now() - startedMs).toBeGreaterThan(200);
});

test('single bytes arrive one by one, both ways', async () => {
	proxy.setFaults({ sliceBytes: 1 });
	const socket = await client();
	const chunks: Buffer[] = [];
	socket.on('data', (chunk: Buffer) => chunks.push(chunk));
	socket.write('x'.repeat(300));
	await expect.poll(() => Buffer.concat(chunks).length).toBe(300);
	// A reader that is busy gets some of them at once.
	expect(chunks.length).toBeGreaterThan(20);
});

test('a connection ends when it has carried so much', async () => {
	proxy.setFaults({ limitBytes: 10, sliceBytes: 1 });
	const socket = await client();
	let heard = 0;
	socket.on('data', (chunk: Buffer) => (heard += chunk.length));
	socket.write('123456789');
	await once(socket, 'close');
	expect(heard).toBeLessThanOrEqual(9);
	proxy.setFaults({});
	const again = await client();
	again.write('123456789012');
	await once(again, 'data');
});

test('each way of one port has its own faults', async () => {
	const odd = proxy.of(/^odd/);
	const held = await client();
	odd.stall();
	held.write('odd one');
	const other = await client();
	other.write('even');
	await once(other, 'data');
	expect({ odd: odd.openCount, rest: proxy.openCount }).toEqual({ odd: 1, rest: 1 });
	odd.resume();
	const [answer] = (await once(held, 'data')) as [Buffer];
	expect(answer.toString()).toBe('odd one');
	odd.pause();
	await closed(held);
	const refused = await client();
	refused.write('odd again');
	await closed(refused);
	proxy.cut();
	await closed(other);
	odd.resume();
	const last = await client();
	last.write('odd at last');
	await once(last, 'data');
	odd.reset();
	await closed(last);
});

test('a buffering proxy holds an answer back; an idle one is cut; RST is an error', async () => {
	const head = 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n';
	proxy.setFaults({ bufferBytes: head.length + 5 });
	const socket = await client();
	socket.write(head);
	await expect.poll(() => proxy.recorded().length).toBe(head.length * 2);
	socket.write('67890');
	const [answer] = (await once(socket, 'data')) as [Buffer];
	expect(answer.toString()).toBe(`${head}67890`);
	proxy.setFaults({ idleCutMs: 50 });
	await once(socket, 'close');
	proxy.setFaults({});
	const reset = await client();
	reset.write('x');
	await once(reset, 'data');
	const failed = once(reset, 'error');
	proxy.reset();
	await expect(failed).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
});

test('a request to upgrade is forwarded as a plain one, or without its protocol', async () => {
	const ask = async (): Promise<string> => {
		const socket = await client();
		socket.write(
			'GET /derp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
				'Sec-WebSocket-Protocol: derp\r\nCookie: kept\r\n\r\nbody'
		);
		const [answer] = (await once(socket, 'data')) as [Buffer];
		return answer.toString();
	};
	proxy.setFaults({ stripsProtocol: true });
	expect(await ask()).toBe(
		'GET /derp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: kept\r\n\r\nbody'
	);
	proxy.setFaults({ dropsUpgrade: true });
	expect(await ask()).toBe(
		'GET /derp HTTP/1.1\r\nHost: x\r\nCookie: kept\r\nConnection: close\r\n\r\nbody'
	);
});
