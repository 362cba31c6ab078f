// The adapter of Headscale's API against each release that works: people, keys, nodes, the janitor; and people
// and machines that came in by Headscale's own OIDC sign-in. Only time is ours.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startHeadscale, type Headscale } from '../../../stack/headscale';
import { HEADSCALES } from '../../../stack/headscales.mjs';
import { PEOPLE, startOidc, type OidcHandle } from '../../../stack/oidc';
import { registerMachine } from '../../../stack/people';
import { freePort } from '../../../stack/ports';
import { Tailscaled } from '../../../stack/tailscaled';
import { NODE_OFFLINE_MS } from '../../fixtures/waits';
import { Audit } from '$lib/server/audit/log';
import { probeControl } from '$lib/server/headscale/capabilities';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { publicPart, type PreAuthKeyWire } from '$lib/server/headscale/wire';
import { matchIdentity } from '$lib/server/identity/match';
import { providerId } from '$lib/server/identity/provider-id';
import { ownLease } from '$lib/server/janitor/lease';
import { Janitor } from '$lib/server/janitor/sweep';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { failure } from './stub';

const MIN_MS = 60_000;
const SESSION_KEYS = [new Uint8Array(32).fill(6)];
const hostnames = new Hostnames(SESSION_KEYS);
const marks = new KeyMarks(SESSION_KEYS);
const log = makeLogger({ level: 'silent', secrets: [] });
const CLIENT = { id: 'headscale', secret: 'of-headscale' };
/** Subjects that Headscale escapes in a providerId, as hosted providers have them. */
const ODD_SUBS = ['auth0|7f3', 'jürgen', 'x{1}@example.com'];
const NO_RULES = { map: new Map<string, string>(), byEmail: false };

let laterMs = 0;
/** Headscale, later. */
class LaterHeadscale extends HeadscaleClient {
	override async now(): Promise<number> {
		return (await super.now()) + laterMs;
	}
}

describe.each(HEADSCALES)('Headscale %s', (version) => {
	let folder: string;
	let oidc: OidcHandle;
	let headscale: Headscale;
	let client: HeadscaleClient;
	let aliceId: string;
	const machines: Tailscaled[] = [];
	const machine = (name: string, key: () => Promise<string>) => {
		const made = new Tailscaled({
			name,
			stateDir: join(folder, name),
			headscaleUrl: headscale.url,
			hasSsh: false,
			preAuthKey: key
		});
		machines.push(made);
		return made;
	};
	const clientWith = (apiKey: string) =>
		new LaterHeadscale({ url: headscale.url, apiKey: new Secret(apiKey), log, now: Date.now });
	/** As a window's key is made. */
	const windowKey = async (minutes = 5): Promise<PreAuthKeyWire> =>
		client.createKey({
			owner: { userId: aliceId },
			isEphemeral: true,
			expiration: marks.expiration(aliceId, (await client.now()) + minutes * MIN_MS)
		});
	const windowName = () => hostnames.make({ sid: 'sid', userId: aliceId });
	const nodeOf = async (hostname: string) =>
		(await client.nodes()).find((node) => node.hostname === hostname);
	const person = (sub: string) => ({
		iss: oidc.issuer,
		sub,
		name: sub,
		email: '',
		isEmailVerified: false
	});

	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'headtab-versions-'));
		const ports = { oidc: await freePort(), headscale: await freePort() };
		oidc = await startOidc({
			port: ports.oidc,
			people: [
				...PEOPLE,
				...ODD_SUBS.map((login, i) => ({
					login,
					name: login,
					email: `odd-${String(i)}@tailnet.example`,
					isEmailVerified: true
				}))
			],
			clients: [
				{
					...CLIENT,
					redirectUris: [`http://127.0.0.1:${String(ports.headscale)}/oidc/callback`]
				}
			]
		});
		headscale = await startHeadscale({
			version,
			stateDir: join(folder, 'headscale'),
			port: ports.headscale,
			oidc: { issuer: oidc.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
			// Nobody but the janitor removes a node here.
			ephemeralTimeoutS: 3_600
		});
		client = clientWith(headscale.apiKey);
		// Nobody is there before: the sign-in at Headscale is what makes alice.
		expect(await client.users()).toEqual([]);
		const laptop = machine('laptop', () => Promise.reject(new Error('no key is needed')));
		await laptop.startByPerson((url) => registerMachine(url, 'alice'));
		aliceId = (await client.users({ isFresh: true })).map(({ id }) => id).join();
	});
	afterEach(() => {
		laterMs = 0;
	});
	afterAll(async () => {
		await Promise.all(machines.map((made) => made.dispose()));
		await headscale.dispose();
		await oidc.stop();
		rmSync(folder, { recursive: true });
	});

	test('is let through by the probe, and named', async () => {
		expect(await probeControl(headscale.url)).toMatchObject({ version: `v${version}` });
	});

	test('L10 alice added a machine by Headscale’s own sign-in: Headtab knows her by that user', async () => {
		const users = await client.users({ isFresh: true });
		expect(users.find(({ id }) => id === aliceId)).toMatchObject({
			name: 'alice',
			email: 'alice@tailnet.example',
			provider: 'oidc',
			providerId: `${oidc.issuer}/alice`
		});
		expect(matchIdentity(person('alice'), users, NO_RULES)).toEqual({ id: aliceId, name: 'alice' });
		expect(await nodeOf('laptop')).toMatchObject({
			userId: aliceId,
			isOnline: true,
			preAuthKey: null,
			tags: []
		});
	});

	test.each(ODD_SUBS)('L10 the sub %s is found again by its providerId', async (sub) => {
		const before = (await client.users({ isFresh: true })).map(({ id }) => id);
		// No machine waits behind this id: the person signs in, and that makes the user.
		await registerMachine(`${headscale.url}/register/${headscale.newRegistrationId()}`, sub);
		const users = await client.users({ isFresh: true });
		const made = users.find(({ id }) => !before.includes(id));
		expect(made).toMatchObject({ provider: 'oidc' });
		expect(providerId(oidc.issuer, sub)).toEqual({ ok: true, id: made?.providerId });
		expect(matchIdentity(person(sub), users, NO_RULES).id).toBe(made?.id);
	});

	test('L10 [identity-no-headscale-user] who never was at Headscale is nobody’s user', async () => {
		const users = await client.users({ isFresh: true });
		expect(
			await failure((async () => matchIdentity(person('bob'), users, NO_RULES))())
		).toMatchObject({ code: 'identity-no-headscale-user' });
	});

	test('a user for the agent is made once; a second of the name is refused with a reason', async () => {
		const made = await client.createUser('headtab-agent');
		expect(made).toMatchObject({ name: 'headtab-agent', provider: '', providerId: '' });
		expect(await client.users()).toContainEqual(made);
		const again = client.createUser('headtab-agent');
		expect(await failure(again)).toMatchObject({ code: 'headscale-refused' });
	});

	test('K2 a key is what was asked for, keeps its mark, and is listed masked', async () => {
		const key = await windowKey();
		expect(key).toMatchObject({
			userId: aliceId,
			isReusable: false,
			isEphemeral: true,
			isUsed: false,
			tags: []
		});
		expect(key.key).toMatch(/^hskey-auth-/);
		const listed = (await client.keys()).find(({ id }) => id === key.id);
		expect(listed).toMatchObject({
			userId: aliceId,
			isEphemeral: true,
			expiration: key.expiration
		});
		expect(listed?.key).not.toBe(key.key);
		expect(listed && marks.isOurs(listed)).toBe(true);
	});

	test('K4 nobody joins with an expired key, or a second time with one; like Headscale 0.28.0 and TS-2025-007', async () => {
		const [expired, used] = [await windowKey(), await windowKey()];
		await client.expireKey(expired.id);
		const listed = (await client.keys()).find(({ id }) => id === expired.id);
		expect(listed?.expiresAtMs).toBeLessThanOrEqual(await client.now());
		await machine('first', () => Promise.resolve(used.key)).start();
		expect((await client.keys()).find(({ id }) => id === used.id)?.isUsed).toBe(true);
		for (const [name, { key }] of Object.entries({ late: expired, second: used })) {
			const refused = machine(name, () => Promise.resolve(key));
			expect(await failure(refused.start())).toBeInstanceOf(Error);
			expect(await nodeOf(name)).toBeUndefined();
		}
		// Unknown ones are as good as expired, and as gone.
		await client.expireKey('999999');
		await client.deleteKey('999999');
	});

	test('a tagged key makes a tagged node, which is no person’s', async () => {
		await headscale.setPolicy('{ "tagOwners": { "tag:web": ["alice@"] }, "acls": [] }');
		const key = await client.createKey({
			owner: { tag: 'tag:web' },
			isEphemeral: false,
			expiration: new Date(Date.now() + MIN_MS).toISOString()
		});
		expect(key).toMatchObject({ userId: '', tags: ['tag:web'], isEphemeral: false });
		await machine('web-1', () => Promise.resolve(key.key)).start();
		expect(await nodeOf('web-1')).toMatchObject({ tags: ['tag:web'], isOnline: true });
		expect((await nodeOf('web-1'))?.userId).not.toBe(aliceId);
		expect(await client.policy()).toContain('tag:web');
	});

	test('a window’s node: seen, expired, deleted, gone', async () => {
		const [hostname, key] = [windowName(), await windowKey()];
		await machine(hostname, () => Promise.resolve(key.key)).start();
		const seen = await nodeOf(hostname);
		expect(seen).toMatchObject({
			givenName: hostname,
			userId: aliceId,
			isOnline: true,
			expiresAtMs: Number.NaN,
			preAuthKey: { id: key.id, isEphemeral: true, publicPart: publicPart(key.key) }
		});
		const id = seen?.id ?? '';
		expect(Math.abs((seen?.createdAtMs ?? 0) - (await client.now()))).toBeLessThan(10 * MIN_MS);
		await headscale.expireNode(id);
		expect((await client.node(id))?.expiresAtMs).toBeLessThanOrEqual((await client.now()) + 1_000);
		expect(await client.deleteNode(id)).toBe(true);
		expect(await client.node(id)).toBeNull();
		expect(await client.deleteNode(id)).toBe(false);
		expect(await nodeOf(hostname)).toBeUndefined();
		await client.deleteKey(key.id);
		expect((await client.keys()).map((listed) => listed.id)).not.toContain(key.id);
	});

	test('J3 the janitor removes the node that a window left behind, with its key, and a key that nobody used', async () => {
		const [left, open] = [windowName(), windowName()];
		const [leftKey, openKey, unused] = [await windowKey(), await windowKey(), await windowKey()];
		const gone = machine(left, () => Promise.resolve(leftKey.key));
		await Promise.all([gone.start(), machine(open, () => Promise.resolve(openKey.key)).start()]);
		await gone.stop();
		await expect
			.poll(async () => (await nodeOf(left))?.isOnline, { timeout: NODE_OFFLINE_MS })
			.toBe(false);
		const before = (await client.nodes()).map((node) => node.hostname);
		let ourMs = 0;
		const janitor = new Janitor({
			config: { isOn: true, periodS: 60, graceS: 600, offlineS: 1_800 },
			headscale: client,
			hostnames,
			marks,
			ledger: new KeyLedger(null, log),
			lease: ownLease,
			isInUse: () => false,
			audit: new Audit(log),
			log,
			now: () => Date.now() + ourMs,
			later: () => () => undefined
		});
		for (const minutes of [1, 4, 4, 40]) {
			ourMs += minutes * MIN_MS;
			laterMs += minutes * MIN_MS;
			expect(await janitor.round()).toMatchObject({ error: null });
		}
		expect((await client.nodes()).map((node) => node.hostname).sort()).toEqual(
			before.filter((name) => name !== left).sort()
		);
		const keys = (await client.keys()).map(({ id }) => id);
		expect(keys).toContain(openKey.id);
		expect(keys).not.toContain(leftKey.id);
		expect(keys).not.toContain(unused.id);
	});

	test('refusals: a wrong API key, an owner that is not there', async () => {
		const own = await client.apiKeys();
		expect(own).toHaveLength(1);
		expect(headscale.apiKey.startsWith((own[0]?.prefix ?? '').replace(/\*+$/, ''))).toBe(true);
		expect(own[0]?.expiresAtMs).toBeGreaterThan(Date.now() + 80 * 24 * 60 * MIN_MS);
		const stranger = clientWith(`${headscale.apiKey.slice(0, -4)}aaaa`);
		for (const call of [
			() => stranger.users(),
			() => stranger.nodes(),
			() => stranger.deleteNode('1')
		])
			expect(await failure(call())).toMatchObject({ code: 'headscale-key-refused' });
		expect(
			await failure(
				client.createKey({
					owner: { userId: '4242' },
					isEphemeral: true,
					expiration: new Date(Date.now() + MIN_MS).toISOString()
				})
			)
		).toMatchObject({
			code: 'headscale-refused',
			params: { reason: expect.stringMatching(/user/) as unknown }
		});
	});
});
