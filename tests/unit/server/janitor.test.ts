// The janitor with a clock of its own, over a Headscale that a test can make lie, fail and forget. What real
// Headscale does with it is in tests/integration/server/janitor.test.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { JANITOR_GRACE_S, JANITOR_OFFLINE_S, JANITOR_PERIOD_S } from '$lib/contracts/limits';
import { Audit } from '$lib/server/audit/log';
import type { HeadscaleClient } from '$lib/server/headscale/client';
import { publicPart, type NodeWire, type PreAuthKeyWire } from '$lib/server/headscale/wire';
import { ownLease, type Lease } from '$lib/server/janitor/lease';
import { Janitor, type RoundReport } from '$lib/server/janitor/sweep';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';

const SESSION_KEYS = [new Uint8Array(32).fill(3)];
const ALICE = '7';
const MIN = 60_000;
const hostnames = new Hostnames(SESSION_KEYS);
const marks = new KeyMarks(SESSION_KEYS);

let nowMs: number;
let nodes: NodeWire[];
let keys: PreAuthKeyWire[];
let calls: string[];
let lines: string[];
let inUse: Set<string>;
let heardElsewhere: Set<string>;
let ledger: KeyLedger;
let lastId: number;
/** What a call does before it answers. */
let before: (call: string) => void | Promise<void>;

beforeEach(() => {
	nowMs = Date.parse('2026-11-23T18:00:00Z');
	nodes = [];
	keys = [];
	calls = [];
	lines = [];
	inUse = new Set();
	heardElsewhere = new Set();
	lastId = 0;
	before = () => undefined;
	ledger = new KeyLedger(null, log());
});
const log = () => makeLogger({ level: 'debug', secrets: [], write: (line) => lines.push(line) });

const called = async (call: string): Promise<void> => {
	calls.push(call);
	await before(call);
};
const headscale = {
	async keys() {
		await called('keys');
		return [...keys];
	},
	async nodes() {
		await called('nodes');
		return [...nodes];
	},
	now: () => Promise.resolve(nowMs),
	async node(id: string) {
		await called(`node ${id}`);
		return nodes.find((node) => node.id === id) ?? null;
	},
	async expireKey(id: string) {
		await called(`expire ${id}`);
		keys = keys.map((key) =>
			key.id === id
				? { ...key, expiresAtMs: nowMs, expiration: new Date(nowMs).toISOString() }
				: key
		);
	},
	async deleteNode(id: string) {
		await called(`delete node ${id}`);
		nodes = nodes.filter((node) => node.id !== id);
		return true;
	},
	async deleteKey(id: string) {
		await called(`delete key ${id}`);
		keys = keys.filter((key) => key.id !== id);
	}
} as unknown as HeadscaleClient;

const make = (
	options: { lease?: Lease; ledger?: KeyLedger; hostnames?: Hostnames } = {}
): Janitor =>
	new Janitor({
		config: {
			isOn: true,
			periodS: JANITOR_PERIOD_S,
			graceS: JANITOR_GRACE_S,
			offlineS: JANITOR_OFFLINE_S
		},
		headscale,
		hostnames: options.hostnames ?? hostnames,
		marks,
		ledger: options.ledger ?? ledger,
		lease: options.lease ?? ownLease,
		isInUse: (hostname) => inUse.has(hostname),
		isInUseElsewhere: (hostname) => Promise.resolve(heardElsewhere.has(hostname)),
		audit: new Audit(log()),
		log: log(),
		now: () => nowMs,
		later: () => () => undefined
	});

/** Rounds as time goes by, one a period. */
async function rounds(janitor: Janitor, minutes: number): Promise<readonly RoundReport[]> {
	const reports: RoundReport[] = [];
	for (const endMs = nowMs + minutes * MIN; nowMs < endMs; nowMs += JANITOR_PERIOD_S * 1000)
		reports.push(await janitor.round());
	return reports;
}

/** A key as Headscale has it. */
function key(changes: Partial<PreAuthKeyWire> = {}): PreAuthKeyWire {
	const id = String(++lastId);
	const expiresAtMs = changes.expiresAtMs ?? nowMs + 5 * MIN;
	const made: PreAuthKeyWire = {
		id,
		key: `hskey-auth-${id.padStart(12, 'a')}-***`,
		userId: ALICE,
		isReusable: false,
		isEphemeral: true,
		isUsed: false,
		expiresAtMs,
		expiration: marks.expiration(ALICE, expiresAtMs),
		tags: [],
		...changes
	};
	keys.push(made);
	return made;
}

/** What a node tells of the key that it joined with. */
const joinedWith = ({ id, key }: PreAuthKeyWire) => ({
	id,
	isEphemeral: true,
	publicPart: publicPart(key)
});

/** A window's node, offline since it was last seen. */
function node(changes: Partial<NodeWire> = {}): NodeWire {
	const id = String(++lastId);
	const made: NodeWire = {
		id,
		hostname: hostnames.make({ sid: 'sid', userId: ALICE }),
		givenName: 'x',
		userId: ALICE,
		isOnline: false,
		createdAtMs: nowMs,
		lastSeenMs: nowMs,
		expiresAtMs: Number.NaN,
		preAuthKey:
			'preAuthKey' in changes ? null : joinedWith(key({ isUsed: true, expiresAtMs: nowMs })),
		tags: [],
		...changes
	};
	nodes.push(made);
	return made;
}
const machines = (count: number): void => {
	for (let i = 0; i < count; i++)
		node({ hostname: `web-${i}`, isOnline: true, preAuthKey: null, tags: ['tag:web'] });
};
const ids = (): readonly string[] => nodes.map(({ id }) => id);

describe('J8 J3 what registered and never polled', () => {
	test('is left alone for ten minutes, then removed with its key', async () => {
		machines(5);
		const left = node();
		const janitor = make();
		await rounds(janitor, 10);
		expect(ids()).toContain(left.id);
		await rounds(janitor, 1);
		expect(ids()).not.toContain(left.id);
		expect(keys.map(({ id }) => id)).not.toContain(left.preAuthKey?.id);
		const order = calls.filter((call) => /^(expire|delete)/.test(call));
		const keyId = left.preAuthKey?.id ?? '';
		expect(order).toEqual([`expire ${keyId}`, `delete node ${left.id}`, `delete key ${keyId}`]);
		expect(lines.join('')).toContain('"ev":"janitor.delete"');
	});

	test('a sleeping laptop’s node, which was online, is left to Headscale for half an hour', async () => {
		machines(5);
		const asleep = node({ createdAtMs: nowMs - 60 * MIN });
		const janitor = make();
		await rounds(janitor, 29);
		expect(ids()).toContain(asleep.id);
		await rounds(janitor, 3);
		expect(ids()).not.toContain(asleep.id);
	});
});

describe('a window’s key that was used under another name', () => {
	const stolen = (): NodeWire => {
		const taken = key({ isUsed: true });
		const hostname = hostnames.make({ sid: 'sid', userId: ALICE });
		ledger.add(taken.id, { publicPart: publicPart(taken.key), hostname });
		return node({ hostname: 'laptop', isOnline: true, preAuthKey: joinedWith(taken) });
	};

	test('its node is removed at once, though it is online, with the key', async () => {
		machines(5);
		const { id, preAuthKey } = stolen();
		await make().round();
		expect(ids()).not.toContain(id);
		expect(keys.map((one) => one.id)).not.toContain(preAuthKey?.id);
		expect(lines.join('')).toContain('"why":"false name"');
	});

	test('also one that had its own name in an earlier round', async () => {
		machines(5);
		const window = node({ isOnline: true });
		const janitor = make();
		await janitor.round();
		nodes = nodes.map((one) => (one === window ? { ...one, hostname: 'laptop' } : one));
		await janitor.round();
		expect(ids()).not.toContain(window.id);
	});

	test('not a window that is open while the session keys that made its name are replaced', async () => {
		machines(5);
		const window = node({ isOnline: true });
		await make().round();
		const rotated = new Hostnames([new Uint8Array(32).fill(4)]);
		expect(rotated.isOf(window.hostname, ALICE)).toBe(false);
		await make({ hostnames: rotated }).round();
		expect(ids()).toContain(window.id);
	});

	test('not the agent’s, nor a key of another Headscale that has the same id', async () => {
		machines(5);
		const agent = node({ hostname: hostnames.makeAgent(), isOnline: true });
		const { id, preAuthKey } = stolen();
		ledger.add(preAuthKey?.id ?? '', { publicPart: 'hskey-auth-zzzzzzzzzzzz', hostname: 'x' });
		const janitor = make();
		await janitor.round();
		// The session keys that made its name were replaced.
		nodes = nodes.map((one) =>
			one === agent ? { ...one, hostname: 'headtab-agent-abcdefgh-abcdefghij' } : one
		);
		await janitor.round();
		expect(ids()).toEqual(expect.arrayContaining([agent.id, id]));
	});
});

describe('J3 never, however long; like Headplane’s pruning of any offline node', () => {
	test.each<[string, () => Partial<NodeWire>]>([
		['an online node', () => ({ isOnline: true })],
		['somebody else’s ephemeral node', () => ({ hostname: 'laptop' })],
		[
			'a machine that somebody named alike',
			() => ({ hostname: 'headtab-abcdefgh-abcdefgh-abcdefghij' })
		],
		['a machine called headtab-agent-…', () => ({ hostname: 'headtab-agent-abcdefgh-abcdefghij' })],
		['our name at another user’s node', () => ({ userId: '8' })],
		['our name at a tagged node', () => ({ tags: ['tag:web'] })],
		[
			'our name, but lasting',
			() => ({ preAuthKey: { id: '900', isEphemeral: false, publicPart: '' } })
		],
		['our name without a key', () => ({ preAuthKey: null })],
		['a node whose age is unknown', () => ({ createdAtMs: Number.NaN })],
		[
			'a name of another deployment',
			() => ({
				hostname: new Hostnames([new Uint8Array(32).fill(4)]).make({ sid: 's', userId: ALICE })
			})
		]
	])('%s', async (_, changes) => {
		machines(5);
		const other = node({ ...changes() });
		await rounds(make(), 120);
		expect(ids()).toContain(other.id);
		expect(calls.filter((call) => call.startsWith('delete node'))).toEqual([]);
	});

	test('a node whose window speaks to this server, though Headscale says offline', async () => {
		machines(5);
		const alive = node();
		inUse.add(alive.hostname);
		const janitor = make();
		await rounds(janitor, 60);
		expect(ids()).toContain(alive.id);
		inUse.clear();
		await rounds(janitor, 5);
		expect(ids()).not.toContain(alive.id);
	});

	test('a node whose window another replica hears is left, until that one falls silent', async () => {
		machines(5);
		const alive = node();
		heardElsewhere.add(alive.hostname);
		const janitor = make();
		await rounds(janitor, 60);
		expect(ids()).toContain(alive.id);
		heardElsewhere.clear();
		await rounds(janitor, 5);
		expect(ids()).not.toContain(alive.id);
	});
});

test('J4 a node that comes online between the list and the removal is skipped', async () => {
	machines(5);
	const back = node();
	const janitor = make();
	await rounds(janitor, 10);
	before = (call) => {
		if (call === `node ${back.id}`)
			nodes = nodes.map((one) => (one.id === back.id ? { ...one, isOnline: true } : one));
	};
	await rounds(janitor, 3);
	expect(ids()).toContain(back.id);
	expect(lines.join('')).toContain('"ev":"janitor.skip"');
	expect(calls.some((call) => /^(expire|delete)/.test(call))).toBe(false);
});

describe('J5 two replicas', () => {
	test('without a lease both are safe: who comes second finds nothing', async () => {
		machines(5);
		const left = node();
		const [one, two] = [make(), make()];
		await rounds(one, 8);
		nowMs -= 8 * MIN;
		await rounds(two, 10);
		const [a, b] = await Promise.all([one.round(), two.round()]);
		expect(ids()).not.toContain(left.id);
		expect([a.result, b.result]).toEqual(['done', 'done']);
	});

	test('who does not hold the lease does nothing', async () => {
		machines(5);
		node();
		const janitor = make({
			lease: { take: () => Promise.resolve(false), release: () => Promise.resolve() }
		});
		const reports = await rounds(janitor, 60);
		expect(reports.every(({ result }) => result === 'not-holder')).toBe(true);
		expect(calls).toEqual([]);
	});
});

describe('J6 no mass action', () => {
	test('at most a fifth of what it sees goes in one round; it says so', async () => {
		machines(10);
		for (let i = 0; i < 10; i++) node();
		const janitor = make();
		await rounds(janitor, 10);
		expect(nodes).toHaveLength(20);
		expect(await janitor.round()).toMatchObject({ removedNodes: 4, leftOver: 6 + 0 });
		expect(nodes).toHaveLength(16);
		expect(lines.join('')).toContain('"ev":"janitor.limited"');
		await rounds(janitor, 10);
		expect(nodes).toHaveLength(10);
	});

	test('of thousands at most fifty', async () => {
		machines(1000);
		for (let i = 0; i < 1000; i++) node();
		const janitor = make();
		await rounds(janitor, 10);
		expect((await janitor.round()).removedNodes).toBe(50);
	});

	test('in a small tailnet one at a time', async () => {
		machines(1);
		node();
		node();
		const janitor = make();
		await rounds(janitor, 10);
		expect((await janitor.round()).removedNodes).toBe(1);
	});

	test('an empty list is believed in nothing: keys stay, too', async () => {
		const spent = key({ expiresAtMs: nowMs - 60 * MIN, isUsed: true });
		const reports = await rounds(make(), 60);
		expect(reports.every(({ result }) => result === 'empty')).toBe(true);
		expect(keys).toEqual([spent]);
	});

	const refuse = (...refused: readonly string[]): void => {
		before = (call) => {
			if (refused.includes(call))
				throw AppError.of('headscale-refused', { status: '500', reason: 'x' });
		};
	};

	test('one that cannot be removed keeps no other, and is tried again in the next round', async () => {
		machines(15);
		const [first] = [node(), node(), node()];
		const janitor = make();
		await rounds(janitor, 10);
		// Unused and long expired: due at once.
		key({ expiresAtMs: nowMs - 60 * MIN });
		refuse(`delete node ${first.id}`);
		expect(await janitor.round()).toMatchObject({
			result: 'failed',
			error: 'headscale-refused',
			removedNodes: 2,
			removedKeys: 1
		});
		before = () => undefined;
		expect(await janitor.round()).toMatchObject({ result: 'done', removedNodes: 1 });
		expect(ids()).not.toContain(first.id);
	});

	test('where one goes in a round, one that never can be removed lets the others pass', async () => {
		machines(1);
		const [stuck, other] = [node(), node()];
		const janitor = make();
		refuse(`delete node ${stuck.id}`);
		await rounds(janitor, 13);
		expect(ids()).toContain(stuck.id);
		expect(ids()).not.toContain(other.id);
		// One line, not one a round.
		expect(lines.filter((line) => line.includes('could not remove'))).toHaveLength(1);
	});

	test('one that failed once waits behind none that fails always', async () => {
		machines(1);
		const [stuck, other] = [node(), node()];
		const janitor = make();
		let tries = 0;
		before = (call) => {
			const isOther = call === `delete node ${other.id}` && (tries += 1) === 1;
			if (isOther || call === `delete node ${stuck.id}`)
				throw AppError.of('headscale-refused', { status: '500', reason: 'x' });
		};
		await rounds(janitor, 15);
		expect(tries).toBe(2);
		expect(ids()).not.toContain(other.id);
	});

	test('a node is counted as removed though its key stays', async () => {
		machines(5);
		const left = node();
		const janitor = make();
		await rounds(janitor, 10);
		refuse(`delete key ${left.preAuthKey?.id ?? ''}`);
		expect(await janitor.round()).toMatchObject({ result: 'failed', removedNodes: 1 });
	});

	test('a Headscale that falls silent in a round is asked for nothing more in it', async () => {
		machines(20);
		node();
		node();
		const janitor = make();
		await rounds(janitor, 10);
		calls = [];
		before = (call) => {
			if (call.startsWith('node ')) throw AppError.of('headscale-unreachable');
		};
		expect(await janitor.round()).toMatchObject({
			result: 'failed',
			error: 'headscale-unreachable'
		});
		expect(calls.filter((call) => call.startsWith('node '))).toHaveLength(1);
	});
});

test('[headscale-unreachable] Headscale down for an hour: windows that come back keep their nodes', async () => {
	machines(5);
	const windows = [node({ isOnline: true }), node({ isOnline: true })];
	const janitor = make();
	await rounds(janitor, 5);
	before = () => {
		throw AppError.of('headscale-unreachable');
	};
	const away = await rounds(janitor, 60);
	expect(away.every(({ result }) => result === 'failed')).toBe(true);
	// One line for an outage, not one a round.
	expect(lines.filter((line) => line.includes('the janitor waits'))).toHaveLength(1);
	before = () => undefined;
	// Headscale is back: everyone is offline, and was last seen an hour ago.
	nodes = nodes.map((one) => ({ ...one, isOnline: false }));
	await rounds(janitor, 2);
	const stays = windows[0]?.id ?? '';
	nodes = nodes.map((one) =>
		one.id === stays || one.tags.length > 0 ? { ...one, isOnline: true } : one
	);
	await rounds(janitor, 10);
	expect(ids()).toContain(stays);
	expect(ids()).not.toContain(windows[1]?.id);
});

describe('keys', () => {
	test('K8 expired and unused: the record goes, by its mark alone', async () => {
		machines(5);
		const unused = key();
		const janitor = make({ ledger: new KeyLedger(null, log()) });
		await rounds(janitor, 5);
		expect(keys).toContain(unused);
		await rounds(janitor, 3);
		expect(keys).not.toContain(unused);
	});

	test('K3 one that was expired early has lost its mark and is known from the list', async () => {
		machines(5);
		const left = key({ expiresAtMs: nowMs, expiration: '2026-11-23T18:00:00.123456789Z' });
		await rounds(make(), 10);
		expect(keys).toContain(left);
		ledger.add(left.id);
		await rounds(make(), 1);
		expect(keys).not.toContain(left);
	});

	test('a spent key whose node Headscale removed goes, seen with its node once', async () => {
		machines(5);
		const window = node({ isOnline: true });
		const janitor = make();
		await janitor.round();
		nodes = nodes.filter(({ id }) => id !== window.id);
		await rounds(janitor, 2);
		expect(keys).toHaveLength(1);
		await rounds(janitor, 5);
		expect(keys).toHaveLength(0);
	});

	test('J6 J7 never before its node: also when one list lacks the node', async () => {
		machines(5);
		const window = node({ isOnline: true });
		const janitor = make();
		await rounds(janitor, 5);
		const whole = nodes;
		for (let i = 0; i < 10; i++) {
			nodes = whole.filter(({ id }) => id !== window.id);
			await rounds(janitor, 2);
			nodes = whole;
			await rounds(janitor, 1);
		}
		expect(keys.map(({ id }) => id)).toContain(window.preAuthKey?.id);
	});

	test.each<[string, Partial<PreAuthKeyWire>]>([
		['somebody else’s', { expiration: '2026-11-23T17:00:00Z' }],
		['another user’s with our mark', { userId: '8' }],
		['a reusable one with our mark', { isReusable: true }]
	])('J3 never %s', async (_, changes) => {
		machines(5);
		const other = key({ expiresAtMs: nowMs - 60 * MIN, ...changes });
		await rounds(make(), 60);
		expect(keys).toContain(other);
	});
});

test('J7 killed between the node and its key: the next process finishes, by the kept list', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'headtab-janitor-'));
	machines(5);
	const left = node();
	const kept = new KeyLedger(folder, log());
	const janitor = make({ ledger: kept });
	await rounds(janitor, 10);
	before = (call) => {
		if (call.startsWith('delete key')) throw AppError.of('headscale-unreachable');
	};
	await janitor.round();
	await kept.flush();
	expect(ids()).not.toContain(left.id);
	expect(keys).toHaveLength(1);
	before = () => undefined;
	const next = new KeyLedger(folder, log());
	await rounds(make({ ledger: next }), 6);
	expect(keys).toHaveLength(0);
	await next.flush();
	rmSync(folder, { recursive: true });
});

test('J9 SIGTERM in a round: the removal under way is finished, no other begins', async () => {
	machines(20);
	const [first, second] = [node(), node()];
	const janitor = make();
	await rounds(janitor, 10);
	const stopped = new Promise<void>((resolve) => {
		before = (call) => {
			if (call === `delete node ${first.id}`) resolve(janitor.stop());
		};
	});
	expect(await janitor.round()).toMatchObject({ result: 'stopped', removedNodes: 1 });
	await stopped;
	expect(ids()).not.toContain(first.id);
	expect(ids()).toContain(second.id);
	expect(keys.map(({ id }) => id)).toEqual([second.preAuthKey?.id]);
});
