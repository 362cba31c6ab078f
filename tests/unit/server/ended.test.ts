// Which sign-ins are over: bounded, forgetful of what cannot matter any more, and deaf to what no replica says.
import { expect, test } from 'vitest';
import { endedId, EndedSessions, parseEndedEntry } from '$lib/server/session/ended';

const entry = (id: string, untilMs: number, beforeMs = Number.MAX_SAFE_INTEGER) => ({
	kind: 'sid' as const,
	id: endedId(id),
	beforeMs,
	untilMs
});
const session = (sid: string) => ({ sid, identity: { iss: 'i', sub: 's' }, issuedAtS: 1 });

test('an entry holds until no cookie of its session can live, and tells of itself once', () => {
	let nowMs = 0;
	const ended = new EndedSessions({ now: () => nowMs });
	const told: string[] = [];
	ended.onAdd(({ id }) => told.push(id));
	expect(ended.add(entry('a', 1000))).toBe(true);
	expect(ended.add(entry('a', 1000))).toBe(false);
	expect(told).toEqual([endedId('a')]);
	expect(ended.has(session('a'))).toBe(true);
	expect(ended.has(session('b'))).toBe(false);
	nowMs = 1000;
	expect(ended.has(session('a'))).toBe(false);
	expect(ended.add(entry('c', 1000))).toBe(false);
});

test('it is bounded: what has run out goes first, then the oldest', () => {
	let nowMs = 0;
	const ended = new EndedSessions({ now: () => nowMs, max: 3 });
	for (const [id, untilMs] of [
		['a', 9000],
		['b', 1000],
		['c', 9000]
	] as const)
		ended.add(entry(id, untilMs));
	nowMs = 2000;
	ended.add(entry('d', 9000));
	expect(['a', 'b', 'c', 'd'].map((id) => ended.has(session(id)))).toEqual([
		true,
		false,
		true,
		true
	]);
	ended.add(entry('e', 9000));
	expect(ended.size).toBe(3);
	expect(ended.has(session('a'))).toBe(false);
	expect(ended.has(session('e'))).toBe(true);
});

test('two words about one person make the wider of both', () => {
	const ended = new EndedSessions({ now: () => 0 });
	ended.add({ kind: 'person', id: endedId('i', 's'), beforeMs: 5_000, untilMs: 10_000 });
	ended.add({ kind: 'person', id: endedId('i', 's'), beforeMs: 2_000, untilMs: 20_000 });
	expect(ended.living()).toEqual([
		{ kind: 'person', id: endedId('i', 's'), beforeMs: 5_000, untilMs: 20_000 }
	]);
	expect(ended.has({ ...session('x'), issuedAtS: 4 })).toBe(true);
	expect(ended.has({ ...session('x'), issuedAtS: 6 })).toBe(false);
});

test.each([
	null,
	'x',
	{},
	{ kind: 'all', id: 'a', beforeMs: 1, untilMs: 2 },
	{ kind: 'sid', id: 1 }
])('what no replica writes is no entry: %j', (value) => {
	expect(parseEndedEntry(value)).toBeNull();
});
