// Free ports: never one twice, and the wanted one only when nothing has it.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { freePort, freeUdpPort, preferredPort } from '../../../stack/ports';

test('free ports differ, even before anything listens on them', async () => {
	const ports = await Promise.all(Array.from({ length: 20 }, () => freePort()));
	expect(new Set(ports).size).toBe(20);
	expect(await freeUdpPort()).toBeGreaterThan(1023);
});

test('a port that another program has drawn is not drawn again while that lives', async () => {
	const port = await freePort();
	const take = (name: string) =>
		spawnSync(process.execPath, [
			'-e',
			"require('net').createServer().listen({ path: '\\0headtab-port-' + process.argv[1] }, () => process.exit(0)).on('error', () => process.exit(1))",
			name
		]).status;
	expect(take(String(port))).toBe(1);
	expect(take('nobody’s')).toBe(0);
});

test('a wanted port is kept when it is free, and replaced when it is taken', async () => {
	const wanted = await freePort();
	expect(await preferredPort(wanted)).toBe(wanted);
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
	try {
		expect(await preferredPort(wanted)).not.toBe(wanted);
	} finally {
		server.close();
	}
});
