// Headscale is upgraded under an open shell, from the oldest release that works to the newest, on its own database.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { Headscale, type HeadscaleOptions } from '../../../stack/headscale';
import { DEFAULT_HEADSCALE, HEADSCALES } from '../../../stack/headscales.mjs';
import { targetLogins } from '../../../stack/linux-login';
import { freePort, freeUdpPort } from '../../../stack/ports';
import { taggedMachine, type Tailscaled } from '../../../stack/tailscaled';
import { RESUME_MS } from '../../fixtures/waits';
import { GoThread } from './go-thread';
import { OPEN_POLICY } from './tailnet';

let folder: string;
let place: Pick<HeadscaleOptions, 'stateDir' | 'port' | 'stunPort'>;
let before: Headscale;
let after: Headscale;
let web: Tailscaled;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-upgrade-'));
	place = {
		stateDir: join(folder, 'headscale'),
		port: await freePort(),
		stunPort: await freeUdpPort()
	};
	const [oldest = DEFAULT_HEADSCALE] = HEADSCALES;
	before = await Headscale.prepare({ ...place, version: oldest });
	await before.start();
	await before.createUser({ name: 'alice' });
	await before.setPolicy(OPEN_POLICY);
	web = taggedMachine({ headscale: before, folder, name: 'web-1', tag: 'tag:web', hasSsh: true });
	await web.start();
});
afterAll(async () => {
	await web.dispose();
	await before.dispose();
	await after.dispose();
	rmSync(folder, { recursive: true, force: true });
});

/** What the server asks of Headscale, by the key that it was given once. */
async function asked(headscale: Headscale, apiKey: string) {
	const client = new HeadscaleClient({
		url: headscale.url,
		apiKey: new Secret(apiKey),
		log: makeLogger({ level: 'silent', secrets: [] }),
		now: Date.now
	});
	const [alice] = await client.users();
	const key = await client.createKey({
		owner: { userId: alice?.id ?? '' },
		isEphemeral: true,
		expiration: new Date(Date.now() + 300_000).toISOString()
	});
	await client.expireKey(key.id);
	await client.deleteKey(key.id);
	return { alice, nodes: (await client.nodes()).map(({ id, hostname }) => ({ id, hostname })) };
}

it(
	'D10 an upgrade of Headscale under an open shell: the same shell, node and users, by the same API key',
	{ timeout: 3 * RESUME_MS },
	async () => {
		const { apiKey } = before;
		const node = await GoThread.load();
		try {
			const [alice] = await before.users();
			const { key } = await before.createPreAuthKey({
				...(alice === undefined ? {} : { userId: alice.id }),
				isEphemeral: true
			});
			await node.join({ controlUrl: before.url, preAuthKey: key, hostname: 'headtab-upgraded' });
			const { addresses } = await node.peer(
				'web-1',
				(peer) => peer.isOnline && peer.hasTailscaleSsh
			);
			const shell = node.open({ address: addresses[0] ?? '', login: targetLogins().login });
			await shell.opened();
			shell.type('MARK=kept; echo first-$((40+2))\n');
			await shell.output(/first-42/);
			const told = await asked(before, apiKey);
			expect(told.nodes.map(({ hostname }) => hostname)).toContain('headtab-upgraded');

			await before.stop();
			after = await Headscale.prepare(place);
			await after.start();
			expect(after.version).toBe(DEFAULT_HEADSCALE);
			expect(after.version).not.toBe(before.version);

			shell.type('echo $MARK-$((40+3))\n');
			await shell.output(/kept-43/, 2 * RESUME_MS);
			expect(await asked(after, apiKey)).toEqual(told);
			shell.close();
		} finally {
			await node.stop();
		}
	}
);
