// An admin deletes the node of a running window. Real Headscale, the built app, the Go node through
// its relay: Headscale tells the node nothing, the app server does when it is asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../../../stack/app';
import { freePort } from '../../../stack/ports';
import type { StackProcess } from '../../../stack/process';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import { ALIVE_LISTING_MAX_AGE_MS } from '../../../src/lib/contracts/limits';
import type { KeyAnswer } from '../../../src/lib/contracts/api';
import { Browser } from '../server/browser';
import { GoThread } from './go-thread';

describe('a node that an admin deletes', () => {
	const folder = mkdtempSync(join(tmpdir(), 'headtab-removed-'));
	let tailnet: Tailnet;
	let app: StackProcess;
	let origin: string;

	beforeAll(async () => {
		const port = await freePort();
		origin = `http://127.0.0.1:${String(port)}`;
		tailnet = await startTailnet({ stateDir: folder, appOrigin: origin, targets: [] });
		const { headscale, oidc, client } = tailnet;
		app = await startApp({ stateDir: join(folder, 'app'), port, origin, headscale, oidc, client });
	});
	afterAll(async () => {
		await app.stop();
		await tailnet.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	it('N3 [node-removed] is told so within the age of a listing', async () => {
		const browser = new Browser(origin);
		await browser.signIn('alice');
		const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
		const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
		try {
			await node.join({
				controlUrl: origin,
				preAuthKey: key.preAuthKey,
				hostname: key.hostname,
				reach: { by: 'relay', origin, derp: key.derp }
			});
			const { hostname } = key;
			const alive = () => browser.post(`${origin}/api/alive`, { hostname });
			expect((await alive()).status).toBe(204);
			const own = (await tailnet.headscale.nodes()).find(({ name }) => name === hostname);
			await tailnet.headscale.deleteNode(own?.id ?? '');
			await expect
				.poll(async () => (await alive()).status, { timeout: ALIVE_LISTING_MAX_AGE_MS + 3_000 })
				.toBe(410);
			expect((await alive()).json()).toMatchObject({ code: 'node-removed' });
			const stranger = new Browser(origin);
			await stranger.signIn('bob');
			const refused = await stranger.post(`${origin}/api/alive`, { hostname });
			expect(refused.json()).toMatchObject({ code: 'bad-request' });
		} finally {
			await node.stop();
		}
	});
});
