// The recording proxy: carries both ways, keeps what it carried, cuts and pauses as a network does.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../stack/ports';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';

let echo: Server;
let proxy: RecordingProxy;
const clients: Socket[] = [];

beforeEach(async () => {
	echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
	const targetPort = await freePort();
	await new Promise<void>((resolve) => echo.listen(targetPort, '127.0.0.1', resolve));
	proxy = await startProxy({ port: await freePort(), targetPort });
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
