// What windows that join and leave cost Headscale, and what remains to do when it fails, by a clock of the
// test's own. What real Headscale does with it is in tests/integration/server/leave.test.ts.
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError, toAppError } from '$lib/contracts/app-error';
import {
	KEYS_AT_ONCE_MAX,
	KEYS_FULL_RETRY_S,
	KEYS_WAITING_MAX,
	KEYS_WAIT_MAX_MS
} from '$lib/contracts/limits';
import { Audit } from '$lib/server/audit/log';
import type { HeadscaleClient, KeyRequest } from '$lib/server/headscale/client';
import type { NodeWire, PreAuthKeyWire } from '$lib/server/headscale/wire';
import { personBucket, Rate } from '$lib/server/http/rates';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyIssuer } from '$lib/server/keys/issue';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';
import type { LoginSession } from '$lib/server/session/login-session';

const SESSION_KEYS = [new Uint8Array(32).fill(3)];
const log = makeLogger({ level: 'silent', secrets: [] });
const hostnames = new Hostnames(SESSION_KEYS);
const session: LoginSession = {
	sid: 'sid-alice',
	formerSids: [],
	identity: { iss: 'i', sub: 'alice', name: 'Alice', email: '', isEmailVerified: false },
	headscaleUser: { id: '7', name: 'alice' },
	linkError: null
} as unknown as LoginSession;

let nowMs: number;
let nodes: NodeWire[];
let calls: string[];
let later: (() => void)[];
let failing: Set<string>;
let isOver: () => boolean;
/** Answers that Headscale holds back, the oldest first; null: it holds none. */
let held: (() => void)[] | null;

const called = async (call: string): Promise<void> => {
	calls.push(call);
	if (failing.has(call)) throw AppError.of('headscale-unreachable');
	if (call === 'create' && held !== null) await new Promise<void>((resolve) => held?.push(resolve));
};
const headscale = {
	now: () => Promise.resolve(nowMs),
	async nodes() {
		await called('nodes');
		return [...nodes];
	},
	async createKey({ expiration }: KeyRequest): Promise<PreAuthKeyWire> {
		const id = String(calls.filter((call) => call === 'create').length + 1);
		await called('create');
		return {
			id,
			key: `${publicPart(id)}-${'s'.repeat(64)}`,
			userId: '7',
			isReusable: false,
			isEphemeral: true,
			isUsed: false,
			expiresAtMs: Date.parse(expiration),
			expiration,
			tags: []
		};
	},
	expireKey: (id: string) => called(`expire ${id}`),
	deleteKey: (id: string) => called(`delete key ${id}`),
	async deleteNode(id: string) {
		await called(`delete node ${id}`);
		nodes = nodes.filter((node) => node.id !== id);
		return true;
	}
} as unknown as HeadscaleClient;

const publicPart = (keyId: string): string => `hskey-auth-abcdef01234${keyId}`;
const rate = (points: number): Rate => new Rate({ name: 'r', points, durationS: 60 });
const make = (options: { joins?: number; keys?: number; perPerson?: Rate } = {}): KeyIssuer =>
	new KeyIssuer({
		headscale,
		hostnames,
		marks: new KeyMarks(SESSION_KEYS),
		ledger: new KeyLedger(null, log),
		isOver: () => isOver(),
		ttlS: 300,
		perPerson: options.perPerson ?? rate(options.keys ?? 100),
		perAddress: rate(100),
		joins: rate(options.joins ?? 100),
		missingChecks: rate(100),
		audit: new Audit(log),
		log,
		now: () => nowMs,
		later: (_, run) => {
			later.push(run);
			return () => undefined;
		}
	});

function node(id: string, hostname: string, keyId = id): NodeWire {
	return {
		id,
		hostname,
		givenName: hostname,
		userId: '7',
		isOnline: true,
		createdAtMs: nowMs,
		lastSeenMs: nowMs,
		expiresAtMs: NaN,
		preAuthKey: { id: keyId, isEphemeral: true, publicPart: publicPart(keyId) },
		tags: []
	};
}
const name = (sid = session.sid): string => hostnames.make({ sid, userId: '7' });
const count = (call: string): number => calls.filter((one) => one === call).length;

beforeEach(() => {
	nowMs = Date.parse('2026-11-23T18:00:00Z');
	nodes = [];
	calls = [];
	later = [];
	failing = new Set();
	isOver = () => false;
	held = null;
});

describe('many windows at once', () => {
	const ADMITTED = KEYS_AT_ONCE_MAX + KEYS_WAITING_MAX;
	let issuer: KeyIssuer;
	/** How each window's question ended, in the order of the ends. */
	let ends: string[];
	let withheld: (() => void)[];
	beforeEach(() => {
		issuer = make();
		ends = [];
		withheld = held = [];
	});
	const ask = (windows: number): void => {
		for (let i = 0; i < windows; i++)
			issuer.issue(session, '127.0.0.1').then(
				() => ends.push('a key'),
				(cause: unknown) => ends.push(toAppError(cause).code)
			);
	};
	const answerAll = async (): Promise<void> => {
		for (let i = 0; i < ADMITTED; i++) {
			await expect.poll(() => withheld.length, { interval: 1 }).toBeGreaterThan(0);
			expect(withheld.length).toBeLessThanOrEqual(KEYS_AT_ONCE_MAX);
			withheld.shift()?.();
		}
	};

	test('[rate-limited] some are asked for, some wait, and the others are told when to come back', async () => {
		ask(100);
		await expect.poll(() => ends).toEqual(Array(100 - ADMITTED).fill('rate-limited'));
		expect(count('create')).toBe(KEYS_AT_ONCE_MAX);
		await answerAll();
		await expect.poll(() => ends.length).toBe(100);
		expect(ends.filter((end) => end === 'a key')).toHaveLength(ADMITTED);
	});

	test('who is sent away for want of room has used up none of what a person may have', async () => {
		issuer = make({ keys: ADMITTED + 1 });
		ask(ADMITTED);
		await expect.poll(() => count('create')).toBe(KEYS_AT_ONCE_MAX);
		for (let i = 0; i < 10; i++)
			await expect(issuer.issue(session, '127.0.0.1')).rejects.toMatchObject({
				code: 'rate-limited',
				params: { seconds: String(KEYS_FULL_RETRY_S) }
			});
		await answerAll();
		held = null;
		const { hostname } = await issuer.issue(session, '127.0.0.1');
		expect(hostnames.isOf(hostname, '7')).toBe(true);
	});

	test('who is still being counted, in a store far away, has a place', async () => {
		let counted = 0;
		const answers: (() => void)[] = [];
		const slow = {
			take: () => {
				counted += 1;
				return new Promise<void>((resolve) => answers.push(resolve));
			}
		} as unknown as Rate;
		issuer = make({ perPerson: slow });
		ask(100);
		await expect.poll(() => ends).toEqual(Array(100 - ADMITTED).fill('rate-limited'));
		expect(counted).toBe(ADMITTED);
		for (const answer of answers) answer();
		await answerAll();
		await expect.poll(() => ends.length).toBe(100);
	});

	test('[headscale-unreachable] a turn that comes too late is none', async () => {
		ask(KEYS_AT_ONCE_MAX + 1);
		await expect.poll(() => count('create')).toBe(KEYS_AT_ONCE_MAX);
		nowMs += KEYS_WAIT_MAX_MS + 1;
		withheld.shift()?.();
		await expect.poll(() => ends.toSorted()).toEqual(['a key', 'headscale-unreachable']);
		expect(count('create')).toBe(KEYS_AT_ONCE_MAX);
	});

	test('[session-missing] no key is made for a sign-in that ended while its window waited', async () => {
		ask(KEYS_AT_ONCE_MAX + 1);
		await expect.poll(() => count('create')).toBe(KEYS_AT_ONCE_MAX);
		isOver = () => true;
		withheld.shift()?.();
		await expect.poll(() => ends).toEqual(['session-missing', 'session-missing']);
		expect(count('create')).toBe(KEYS_AT_ONCE_MAX);
	});
});

describe('what a person can make Headscale do', () => {
	test('a window that joined is believed its key: nothing is listed', async () => {
		const issuer = make();
		const { hostname } = await issuer.issue(session, '127.0.0.1');
		await issuer.joined(session, hostname);
		expect(calls).toEqual(['create', 'expire 1']);
	});

	test('without the key at hand windows share a listing, unless it is older than the node', async () => {
		const issuer = make();
		const [first, second] = [name(), name()];
		nodes = [node('1', first)];
		await issuer.joined(session, first);
		await issuer.joined(session, first);
		expect(count('nodes')).toBe(1);
		nodes.push(node('2', second));
		await issuer.joined(session, second);
		expect(count('nodes')).toBe(2);
		expect(calls.at(-1)).toBe('expire 2');
	});

	test('[rate-limited] joining again and again', async () => {
		const issuer = make({ joins: 2 });
		const hostname = name();
		await issuer.joined(session, hostname);
		await issuer.joined(session, hostname);
		await expect(issuer.joined(session, hostname)).rejects.toMatchObject({ code: 'rate-limited' });
	});

	test('leaving again and again is one listing and one later look', async () => {
		const issuer = make();
		const hostname = name();
		for (let i = 0; i < 50; i++) await issuer.leave(session, hostname);
		expect(count('nodes')).toBe(1);
		expect(later).toHaveLength(1);
	});

	test('a window whose node is gone may say so again: nothing is asked for', async () => {
		const issuer = make();
		const [mine, ended] = [name(), name()];
		nodes = [node('1', mine), node('2', ended)];
		await Promise.all([issuer.leave(session, mine), issuer.leave(session, mine)]);
		await issuer.remove({ id: '7', name: 'alice' }, ended);
		const before = [...calls];
		await issuer.leave(session, mine);
		await issuer.leave(session, ended);
		expect(nodes).toEqual([]);
		expect(calls).toEqual(before);
		expect(later).toEqual([]);
	});

	test('a server that ends removes the nodes of those who left first', async () => {
		const issuer = make();
		const hostname = name();
		nodes = [node('1', hostname)];
		const leave = issuer.leave(session, hostname);
		await issuer.stop();
		expect(nodes).toEqual([]);
		await leave;
	});

	test('a leave that failed is done when it is told again', async () => {
		const issuer = make();
		const hostname = name();
		nodes = [node('1', hostname)];
		failing = new Set(['nodes']);
		await expect(issuer.leave(session, hostname)).rejects.toMatchObject({
			code: 'headscale-unreachable'
		});
		failing = new Set();
		await issuer.leave(session, hostname);
		expect(nodes).toEqual([]);
	});

	test('a node that came after the shared listing goes at the next look', async () => {
		const issuer = make();
		const hostname = name();
		await issuer.leave(session, name());
		nodes = [node('1', hostname)];
		await issuer.leave(session, hostname);
		expect(nodes).toHaveLength(1);
		nowMs += 500;
		later.at(-1)?.();
		await expect.poll(() => nodes).toEqual([]);
	});

	test('limits by person hold without a Headscale user, and keep people apart', () => {
		const of = (iss: string, sub: string): string =>
			personBucket({ identity: { ...session.identity, iss, sub } });
		expect(of('i', 'alice')).toBe(personBucket(session));
		expect(of('i', 'bob')).not.toBe(personBucket(session));
		expect(of('a b', 'c')).not.toBe(of('a', 'b c'));
	});
});

describe('a sign-out', () => {
	test('what fails keeps nothing else, is told at the end, and is looked for again', async () => {
		const issuer = make();
		const issued = [
			await issuer.issue(session, '127.0.0.1'),
			await issuer.issue(session, '127.0.0.1')
		];
		const joined = [name(), name()];
		nodes = [
			node('11', joined[0] ?? ''),
			node('12', joined[1] ?? ''),
			node('13', name('sid-other')),
			node('14', 'web-1')
		];
		failing = new Set(['expire 1', 'delete node 11']);
		await expect(issuer.leaveAll(session)).rejects.toMatchObject({ code: 'headscale-unreachable' });
		expect(calls).toContain('expire 2');
		expect(nodes.map(({ id }) => id)).toEqual(['11', '13', '14']);
		// For each key whose window may be joining, and for the node that stayed.
		expect(later).toHaveLength(issued.length + 1);

		failing = new Set();
		nowMs += 500;
		for (const run of later.splice(0)) run();
		await expect.poll(() => nodes.map(({ id }) => id)).toEqual(['13', '14']);
		expect([count('expire 1'), count('expire 2')]).toEqual([2, 1]);
	});

	test('a key that was taken elsewhere: its node ends, too, whatever it is called', async () => {
		const issuer = make();
		await issuer.issue(session, '127.0.0.1');
		nodes = [
			node('11', 'laptop', '1'),
			// The key of another Headscale, or of before ours began anew, with the same id.
			{
				...node('12', 'laptop'),
				preAuthKey: { id: '1', isEphemeral: true, publicPart: 'hskey-auth-zzzzzzzzzzzz' }
			},
			node('13', 'laptop', '2')
		];
		await issuer.leaveAll(session);
		expect(nodes.map(({ id }) => id)).toEqual(['12', '13']);
	});

	test('while Headscale makes a key: nobody gets it, and it is worth nothing', async () => {
		const issuer = make();
		isOver = () => count('create') === 1;
		await expect(issuer.issue(session, '127.0.0.1')).rejects.toMatchObject({
			code: 'session-missing'
		});
		expect(calls).toContain('expire 1');
		// Whoever saw it on its way may have joined with it.
		expect(later).toHaveLength(1);
	});

	test('without a list the nodes that were heard of are looked for again', async () => {
		const issuer = make();
		const hostname = name();
		nodes = [node('11', hostname)];
		await issuer.alive(session, hostname);
		failing = new Set(['nodes']);
		await expect(issuer.leaveAll(session)).rejects.toMatchObject({ code: 'headscale-unreachable' });
		failing = new Set();
		nowMs += 500;
		for (const run of later.splice(0)) run();
		await expect.poll(() => nodes).toEqual([]);
	});
});
