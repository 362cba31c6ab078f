// The janitor against real Headscale, real nodes and a real Redis where there is one: what it removes, and
// what it never does. Only time is ours: Headscale's clock is told to the janitor 40 minutes later.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHeadscale, type Headscale } from '../../../stack/headscale';
import { Tailscaled } from '../../../stack/tailscaled';
import { NODE_OFFLINE_MS } from '../../fixtures/waits';
import { Audit } from '$lib/server/audit/log';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { publicPart } from '$lib/server/headscale/wire';
import { ownLease, SharedLease } from '$lib/server/janitor/lease';
import { Janitor } from '$lib/server/janitor/sweep';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { SharedStore } from '$lib/server/shared/store';
import { startRedis, type RedisHandle } from './redis';

const MIN = 60_000;
/** Eight tailscaled on two busy cores. */
const EIGHT_NODES_MS = 180_000;
const SESSION_KEYS = [new Uint8Array(32).fill(5)];
const hostnames = new Hostnames(SESSION_KEYS);
const marks = new KeyMarks(SESSION_KEYS);
const log = makeLogger({ level: 'silent', secrets: [] });

let laterMs = 0;
/** Headscale, later. */
class LaterHeadscale extends HeadscaleClient {
	override async now(): Promise<number> {
		return (await super.now()) + laterMs;
	}
}

let folder: string;
let headscale: Headscale;
let client: HeadscaleClient;
let aliceId: string;
const machines: Tailscaled[] = [];

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-janitor-'));
	headscale = await startHeadscale({
		stateDir: join(folder, 'headscale'),
		// Nobody but the janitor removes a node here.
		ephemeralTimeoutS: 3_600
	});
	aliceId = (await headscale.createUser({ name: 'alice' })).id;
	await headscale.setPolicy('{ "tagOwners": { "tag:web": ["alice@"] }, "acls": [] }');
	client = new LaterHeadscale({
		url: headscale.url,
		apiKey: new Secret(headscale.apiKey),
		log,
		now: Date.now
	});
});
afterAll(async () => {
	await Promise.all(machines.map((machine) => machine.dispose()));
	await headscale.dispose();
	rmSync(folder, { recursive: true });
});

/** A node that joins by a key of its own. @returns it and the key's id */
async function joined(
	hostname: string,
	make: () => Promise<{ id: string; key: string }>
): Promise<{ machine: Tailscaled; keyId: string }> {
	const key = await make();
	const machine = new Tailscaled({
		name: hostname,
		stateDir: join(folder, hostname),
		headscaleUrl: headscale.url,
		hasSsh: false,
		preAuthKey: () => Promise.resolve(key.key)
	});
	machines.push(machine);
	await machine.start();
	return { machine, keyId: key.id };
}
/** As a window's node comes about. */
const windowKey = async () =>
	client.createKey({
		owner: { userId: aliceId },
		isEphemeral: true,
		expiration: marks.expiration(aliceId, (await client.now()) + 5 * MIN)
	});
const windowName = () => hostnames.make({ sid: 'sid', userId: aliceId });
const names = async () => (await headscale.nodes()).map(({ name }) => name);
const keyIds = async () => (await headscale.preAuthKeys()).map(({ id }) => id);

/** `pass` lets time go by, with a round every five minutes or at its end. */
function makeJanitor(ledger = new KeyLedger(null, log)): {
	janitor: Janitor;
	pass: (minutes: number) => Promise<void>;
} {
	let ourMs = 0;
	const janitor = new Janitor({
		config: { isOn: true, periodS: 60, graceS: 600, offlineS: 1_800 },
		headscale: client,
		hostnames,
		marks,
		ledger,
		lease: ownLease,
		isInUse: () => false,
		audit: new Audit(log),
		log,
		now: () => Date.now() + ourMs,
		later: () => () => undefined
	});
	return {
		janitor,
		async pass(minutes) {
			for (let left = minutes; left > 0; left -= 5) {
				const stepMs = Math.min(5, left) * MIN;
				ourMs += stepMs;
				laterMs += stepMs;
				await janitor.round();
			}
		}
	};
}
const offline = (hostname: string) =>
	expect
		.poll(async () => (await headscale.nodes()).find(({ name }) => name === hostname)?.online, {
			timeout: NODE_OFFLINE_MS
		})
		.toBe(false);

test(
	'J3 J4 of eight nodes it removes the one that a window left behind, with its key, and nothing else',
	async () => {
		const [crashed, comesBack, alive] = [windowName(), windowName(), windowName()];
		const made = await Promise.all([
			joined(crashed, windowKey),
			joined(comesBack, windowKey),
			joined(alive, windowKey),
			joined('laptop', () => headscale.createPreAuthKey({ userId: aliceId, isEphemeral: true })),
			joined('headtab-abcdefgh-abcdefgh-abcdefghij', () =>
				headscale.createPreAuthKey({ userId: aliceId, isEphemeral: true })
			)
		]);
		// Our name at a node that is not ephemeral, and at one that is tagged.
		made.push(
			await joined(windowName(), () => headscale.createPreAuthKey({ userId: aliceId })),
			await joined(windowName(), () =>
				headscale.createPreAuthKey({ tags: ['tag:web'], isEphemeral: true })
			)
		);
		const before = await names();
		const keysBefore = await keyIds();
		await Promise.all(
			made
				.filter((_, i) => i !== 2)
				.map(async ({ machine }) => {
					await machine.stop();
					await offline(machine.name);
				})
		);
		const { pass } = makeJanitor();
		await pass(29);
		expect((await names()).sort()).toEqual([...before].sort());
		// The window is back.
		await made[1].machine.start();
		await pass(10);
		expect((await names()).sort()).toEqual(before.filter((name) => name !== crashed).sort());
		expect(await keyIds()).toEqual(keysBefore.filter((id) => id !== made[0].keyId));
	},
	EIGHT_NODES_MS
);

test('a window’s key that somebody took to another machine: its node goes at the next round, online or not', async () => {
	const ledger = new KeyLedger(null, log);
	const { keyId } = await joined('stolen', async () => {
		const key = await windowKey();
		ledger.add(key.id, { publicPart: publicPart(key.key), hostname: windowName() });
		return key;
	});
	await makeJanitor(ledger).pass(1);
	expect(await names()).not.toContain('stolen');
	expect(await keyIds()).not.toContain(keyId);
	expect(await names()).toContain('laptop');
});

test('K8 a key that no window used is recognised by its expiry, as Headscale keeps it, and removed', async () => {
	const ours = await windowKey();
	const other = await headscale.createPreAuthKey({ userId: aliceId, isEphemeral: true, ttlS: 300 });
	const listed = (await client.keys()).find(({ id }) => id === ours.id);
	expect(listed && marks.isOurs(listed)).toBe(true);
	const { pass } = makeJanitor();
	await pass(4);
	expect(await keyIds()).toContain(ours.id);
	await pass(4);
	expect(await keyIds()).not.toContain(ours.id);
	expect(await keyIds()).toContain(other.id);
});

test('Headscale stopped in the middle: the round fails, the next one after its return goes on', async () => {
	const ours = await windowKey();
	const { janitor, pass } = makeJanitor();
	await pass(1);
	await headscale.stop();
	expect(await janitor.round()).toMatchObject({ result: 'failed', error: 'headscale-unreachable' });
	await headscale.start();
	await pass(8);
	expect(await keyIds()).not.toContain(ours.id);
});

/** As each replica has one. */
async function storeOf({ url }: RedisHandle): Promise<SharedStore> {
	const store = new SharedStore({ url: new Secret(url), scope: 'https://tab.example', log });
	await store.connect();
	return store;
}
const leaseOf = (store: SharedStore, ttlMs: number) =>
	new SharedLease({ store, scope: 'https://hs.example', ttlMs, log });

describe.each([{ isStandIn: false }, { isStandIn: true }])(
	'J5 a lease (stand-in: $isStandIn)',
	(options) => {
		test('one replica holds it; when it dies another takes over, when it stops at once', async () => {
			const redis = await startRedis(options);
			const stores = await Promise.all([storeOf(redis), storeOf(redis)]);
			const [one, two] = [leaseOf(stores[0], 60_000), leaseOf(stores[1], 60_000)];
			const brief = leaseOf(stores[0], 300);
			try {
				expect(await one.take()).toBe(true);
				expect(await one.take()).toBe(true);
				expect(await two.take()).toBe(false);
				await one.release();
				expect(await brief.take()).toBe(true);
				// It says no more.
				await expect.poll(() => two.take()).toBe(true);
				expect(await one.take()).toBe(false);
				await two.release();
				expect(await one.take()).toBe(true);
			} finally {
				await one.release();
				for (const store of stores) store.stop();
				await redis.stop();
			}
		});

		test('without Redis nobody holds it, and nothing hangs', async () => {
			const redis = await startRedis(options);
			const store = await storeOf(redis);
			const lease = leaseOf(store, 60_000);
			expect(await lease.take()).toBe(true);
			await redis.stop();
			expect(await lease.take()).toBe(false);
			await lease.release();
			store.stop();
		});
	}
);
