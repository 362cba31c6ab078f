// Whether the public origin leads to this deployment (relay/way.ts).
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTANCE_HEADER, Instance } from '$lib/server/doctor/instance';
import { isWayOpen } from '$lib/server/relay/way';
import { loopbackCertificate } from '../../../stack/certificates';
import { deadUrl, StubServer } from './stub';

const instance = new Instance([new Uint8Array(32).fill(7)], Date.now);
let proxy: StubServer;

beforeEach(async () => {
	proxy = await StubServer.start(() => undefined);
});
afterEach(() => proxy.stop());

test('open where this deployment answers', async () => {
	proxy.answer = (_, response) => response.writeHead(200, { [INSTANCE_HEADER]: instance.id }).end();
	expect(await isWayOpen(proxy.url, instance)).toBe(true);
	expect(proxy.seen).toEqual(['GET /healthz']);
});

test.each([
	['a proxy without anything behind it', { status: 502, headers: {} }],
	['another deployment', { status: 200, headers: { [INSTANCE_HEADER]: 'of-another' } }],
	['a page of maintenance', { status: 200, headers: {} }]
])('closed by %s', async (_, { status, headers }) => {
	proxy.answer = (__, response) => response.writeHead(status, headers).end();
	expect(await isWayOpen(proxy.url, instance)).toBe(false);
});

test('D2 closed where nobody listens', async () => {
	expect(await isWayOpen(await deadUrl(), instance)).toBe(false);
});

test('open where the certificate is one that browsers alone trust', async () => {
	const { certFile, keyFile } = loopbackCertificate();
	const secured = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
	await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve));
	const { port } = secured.address() as AddressInfo;
	expect(await isWayOpen(`https://localhost:${String(port)}`, instance)).toBe(true);
	secured.close();
	secured.closeAllConnections();
});
