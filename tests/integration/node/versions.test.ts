// The main job against each release of Headscale that works: sign in, a key, a node through the relay, a shell on
// web-1, and nothing left after the window closes. The same in a browser: tests/versions.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeyAnswer } from '$lib/contracts/api';
import { startApp } from '../../../stack/app';
import { HEADSCALES } from '../../../stack/headscales.mjs';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import { NODE_GONE_MS } from '../../fixtures/waits';
import { Browser } from '../server/browser';
import { GoThread } from './go-thread';

describe.each(HEADSCALES)('the main job on Headscale %s', (version) => {
	let folder: string;
	let tailnet: Tailnet;
	let app: StackProcess;
	let origin: string;

	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'headtab-version-'));
		const port = await freePort();
		origin = `http://127.0.0.1:${String(port)}`;
		tailnet = await startTailnet({
			stateDir: join(folder, 'tailnet'),
			appOrigin: origin,
			targets: ['web-1'],
			headscaleVersion: version
		});
		const { headscale, oidc, client } = tailnet;
		app = await startApp({ stateDir: join(folder, 'app'), port, origin, headscale, oidc, client });
		await tailnet.machines;
	});
	afterAll(async () => {
		await app.stop();
		await tailnet.stop();
		rmSync(folder, { recursive: true });
	});

	it('opens a shell on web-1, and leaves no node and no usable key', async () => {
		const browser = new Browser(origin);
		await browser.signIn('alice');
		const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
		const { hostname } = key;
		const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
		const find = async () =>
			(await tailnet.headscale.nodes()).find(({ name }) => name === hostname);
		try {
			await node.join({
				controlUrl: origin,
				preAuthKey: key.preAuthKey,
				hostname,
				reach: { by: 'relay', origin, derp: key.derp }
			});
			expect((await browser.post(`${origin}/api/joined`, { hostname })).status).toBe(204);
			const own = await find();
			expect(own).toMatchObject({ user: { name: 'alice' }, preAuthKey: { ephemeral: true } });
			const web = await node.peer('web-1', (peer) => peer.isOnline && peer.hasTailscaleSsh);
			const shell = node.open({ address: web.addresses[0] ?? '', login: tailnet.login });
			await shell.opened();
			expect(await shell.event('ssh/open')).toMatchObject({ verifiedBy: 'netmap' });
			shell.type('echo on-$((40+2)); whoami\n');
			await shell.output(new RegExp(`on-42\\s+${tailnet.login}\\b`));
			expect((await browser.post(`${origin}/api/leave`, { hostname })).status).toBe(204);
			await expect.poll(find, { timeout: NODE_GONE_MS }).toBeUndefined();
			const keys = await tailnet.headscale.preAuthKeys();
			expect(keys.map(({ id }) => id)).not.toContain(own?.preAuthKey?.id);
		} finally {
			await node.stop();
		}
	});
});
