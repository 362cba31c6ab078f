// What replicas share through a real Valkey or Redis: that it may come late, go and come back empty, and that
// nothing is told of its password.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { toAppError } from '$lib/contracts/app-error';
import { Rate } from '$lib/server/http/rates';
import { SharedNodes } from '$lib/server/keys/shared-nodes';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { endedId, EndedSessions } from '$lib/server/session/ended';
import { EndedLog } from '$lib/server/session/ended-log';
import { SharedStore } from '$lib/server/shared/store';
import { freePort } from '../../../stack/ports';
import { startProxy } from '../../../stack/proxy';
import { startRealRedis, type RedisHandle } from './redis';

const lines: string[] = [];
const log = makeLogger({ level: 'trace', secrets: [], write: (line) => lines.push(line) });
const WEEK_MS = 7 * 24 * 3_600_000;
const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
	for (const end of ends.splice(0).reverse()) await end();
});

async function redisAt(port: number): Promise<RedisHandle> {
	const redis = await startRealRedis(port);
	ends.push(() => redis.stop());
	return redis;
}
function storeAt(port: number, scope = 'https://tab.example.com'): SharedStore {
	const store = new SharedStore({
		url: new Secret(`redis://127.0.0.1:${String(port)}/0`),
		scope,
		log
	});
	ends.push(() => store.stop());
	return store;
}
/** One replica: its list, and the log that shares it. */
function replica(port: number) {
	const store = storeAt(port);
	const ended = new EndedSessions({ now: Date.now });
	const shared = new EndedLog({ store, ended, now: Date.now, keepMs: WEEK_MS });
	ends.push(() => shared.stop());
	const end = (sid: string) =>
		ended.add({
			kind: 'sid',
			id: endedId(sid),
			beforeMs: Number.MAX_SAFE_INTEGER,
			untilMs: Date.now() + WEEK_MS
		});
	const knows = (sid: string) =>
		ended.has({ sid, identity: { iss: 'i', sub: 's' }, issuedAtS: Date.now() / 1000 });
	const start = async () => {
		await store.connect();
		await shared.start();
	};
	return { store, end, knows, start };
}

test('a store that comes after the replicas is used from then on, with what they knew before', async () => {
	const port = await freePort();
	const [one, two] = [replica(port), replica(port)];
	await Promise.all([one.start(), two.start()]);
	one.end('early');
	expect(one.knows('early')).toBe(true);
	await redisAt(port);
	await expect.poll(() => two.knows('early'), { timeout: 10_000 }).toBe(true);
	two.end('later');
	await expect.poll(() => one.knows('later'), { timeout: 5_000 }).toBe(true);
});

test('one that comes back empty is told anew; who starts then knows all of it; nothing is kept for ever', async () => {
	const port = await freePort();
	const redis = await redisAt(port);
	const [one, two] = [replica(port), replica(port)];
	await Promise.all([one.start(), two.start()]);
	for (let index = 0; index < 1_200; index += 1) one.end(`s${String(index)}`);
	await expect.poll(() => two.knows('s1199'), { timeout: 5_000 }).toBe(true);
	await redis.stop();
	await redisAt(port);
	const { redis: asked } = two.store;
	const key = two.store.key('ended');
	await expect
		.poll(
			async () => (two.store.isReady ? JSON.stringify(await asked.xrange(key, '-', '+')) : ''),
			{
				timeout: 15_000
			}
		)
		.toContain(endedId('s1199'));
	const third = replica(port);
	await third.start();
	expect([third.knows('s0'), third.knows('s1199')]).toEqual([true, true]);
	expect(await asked.pttl(key)).toBeGreaterThan(0);
});

test('a limit is one for all replicas of a deployment, none for another’s, and goes on without the store', async () => {
	const port = await freePort();
	const redis = await redisAt(port);
	const stores = [storeAt(port), storeAt(port), storeAt(port, 'https://other.example')];
	await Promise.all(stores.map((store) => store.connect()));
	const [one, two, other] = stores.map(
		(store) => new Rate({ name: 'keys', points: 3, durationS: 60, store })
	);
	const take = (rate?: Rate) =>
		rate?.take('alice').then(
			() => 'taken',
			(cause: unknown) => toAppError(cause).code
		);
	expect([await take(one), await take(two), await take(one)]).toEqual(Array(3).fill('taken'));
	expect(await take(two)).toBe('rate-limited');
	expect(await take(other)).toBe('taken');
	await redis.stop();
	expect(await take(two)).toBe('taken');
});

test('what one replica notes of a node the other knows, for as long as it holds', async () => {
	const port = await freePort();
	await redisAt(port);
	const stores = [storeAt(port), storeAt(port)];
	await Promise.all(stores.map((store) => store.connect()));
	const [one, two] = stores.map((store) => new SharedNodes({ store, heardForMs: 60_000 }));
	const marks = [await two?.lastOpened('headtab-a')];
	for (let times = 0; times < 2; times += 1) {
		await one?.noteOpened('headtab-a');
		marks.push(await two?.lastOpened('headtab-a'));
	}
	expect(marks[0]).toBe('');
	expect(new Set(marks).size).toBe(3);
	await one?.notePending('headtab-a', '17', 60);
	expect(await two?.pending('headtab-a')).toBe('17');
	await two?.dropPending('headtab-a');
	expect(await one?.pending('headtab-a')).toBeNull();
	expect(await two?.isHeard('headtab-a')).toBe(false);
	await one?.noteHeard('headtab-a');
	expect(await two?.isHeard('headtab-a')).toBe(true);
});

test('a store that answers and refuses is told of once', async () => {
	const port = await freePort();
	await redisAt(port);
	const store = storeAt(port);
	await store.connect();
	lines.length = 0;
	for (let times = 0; times < 3; times += 1)
		expect(await store.ask((redis) => redis.call('XNONE'))).toBeNull();
	const told = lines.filter((line) => line.includes('the shared store refuses'));
	// Pino's warn and debug.
	expect(told.map((line) => (JSON.parse(line) as { level: unknown }).level)).toEqual([40, 20, 20]);
});

test('a refused password is told without the password, and a store that refuses counts as away', async () => {
	const sockets = new Set<Socket>();
	const refusing = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk: Buffer) => {
			const commands = chunk.toString().match(/\*\d+\r\n\$/g)?.length ?? 0;
			socket.write('-WRONGPASS invalid username-password pair\r\n'.repeat(commands));
		});
	});
	await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
	const { port } = refusing.address() as AddressInfo;
	lines.length = 0;
	const store = new SharedStore({
		url: new Secret(`redis://:correct-horse@127.0.0.1:${String(port)}/0`),
		scope: 's',
		log
	});
	await store.connect();
	expect(await store.ask((redis) => redis.get('x'))).toBeNull();
	const rate = new Rate({ name: 'keys', points: 1, durationS: 60, store });
	await rate.take('alice');
	store.stop();
	for (const socket of sockets) socket.destroy();
	await new Promise<void>((resolve) => refusing.close(() => resolve()));
	expect(lines.join('')).toContain('goes on with what it knows');
	expect(lines.join('')).not.toContain('correct-horse');
});

test('a connection that went half-open is given up for a new one, and nobody waits for it longer than once', async () => {
	const redis = await redisAt(await freePort());
	const port = await freePort();
	const proxy = await startProxy({ port, targetPort: Number(new URL(redis.url).port) });
	ends.push(() => proxy.stop());
	const store = storeAt(port);
	await store.connect();
	const isSet = () => store.ask((commands) => commands.set(store.key('x'), '1'));
	expect(await isSet()).toBe('OK');
	proxy.abandon();
	expect(await isSet()).toBeNull();
	await expect.poll(isSet, { timeout: 20_000 }).toBe('OK');
});
