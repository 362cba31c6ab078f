// A bad way between a target and the SSH server behind it: slow and in pieces, reset, half-open. The Go
// node in Node, a real target, a real SSH server, and the proxy that misbehaves between the two.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../stack/ports';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';
import type { GoThread, Shell } from './go-thread';
import { OddSsh } from './odd-ssh';
import { TestTailnet } from './tailnet';

describe('a bad way to the SSH server', () => {
	const odd = new OddSsh();
	let tailnet: TestTailnet;
	let node: GoThread;
	let proxy: RecordingProxy;
	let address: string;
	let port: number;

	beforeAll(async () => {
		tailnet = await TestTailnet.start();
		await tailnet.plain.start();
		node = await tailnet.node();
		[address = ''] = (await node.peer('plain-1')).addresses;
		const targetPort = await odd.serve();
		proxy = await startProxy({ port: await freePort(), targetPort });
		port = await odd.expose(tailnet.plain, proxy.port);
	});
	afterAll(async () => {
		await odd.stop();
		await tailnet.stop();
		await proxy.stop();
	});

	async function shell(): Promise<Shell> {
		const opened = node.open({ address, login: 'plain', port });
		await opened.event('ssh/host-key');
		opened.trust(true);
		const prompt = await opened.event('ssh/prompt');
		opened.answer(prompt.promptId, ['plain']);
		await opened.opened();
		return opened;
	}

	it('brings every byte of both directions over a slow way in small pieces', async () => {
		const slow = await shell();
		proxy.setFaults({ latencyMs: 40, bytesPerS: 120_000, sliceBytes: 113 });
		const bytes = Buffer.from(
			Array.from({ length: 60_000 }, (_, i) => (i * 7919 + (i >> 8)) & 0xff)
		);
		slow.type(`stty raw -echo; echo go-$((1+1)); head -c ${String(bytes.length)} | sha256sum\n`);
		await slow.output(/go-2/);
		for (let at = 0; at < bytes.length; at += 16_384) {
			slow.input(new Uint8Array(bytes.subarray(at, at + 16_384)));
		}
		const [hash] = await slow.output(/[0-9a-f]{64}/, 45_000);
		expect(hash).toBe(createHash('sha256').update(bytes).digest('hex'));
		slow.takeBytes();
		slow.type('echo; seq 1 30000; echo the"-"end\n');
		await slow.output(/the-end/, 45_000);
		const lines = Buffer.from(slow.takeBytes()).toString('latin1').split(/\r?\n/);
		expect(lines.filter((line) => /^\d+$/.test(line))).toHaveLength(30_000);
		proxy.setFaults({});
		slow.close();
	});

	it('[ssh-connection-lost] tells a connection that was reset', async () => {
		const cut = await shell();
		cut.type('echo be-$((1+1))\n');
		await cut.output(/be-2/);
		proxy.reset();
		expect((await cut.failed()).code).toBe('ssh-connection-lost');
	});

	it('N6 tells that a half-open connection is silent, and that it is heard again', async () => {
		const held = await shell();
		held.type('echo be-$((1+1))\n');
		await held.output(/be-2/);
		proxy.stall();
		held.check();
		const silence = (isSilent: boolean) =>
			held.until(`silence ${String(isSilent)}`, () =>
				held.events.find((event) => event.kind === 'ssh/silence' && event.isSilent === isSilent)
			);
		await silence(true);
		held.type('echo typed-$((3+3))\n');
		proxy.resume();
		await held.output(/typed-6\r\n/);
		await silence(false);
		held.close();
	});
});
