// Small pure parts of the terminal: links, answers, keys, the output queue.
import { describe, expect, it, vi } from 'vitest';
import { OutputQueue } from '$lib/client/terminal/output-queue';
import { isFixedReply, RateLimit, splitReplies } from '$lib/client/terminal/replies';
import { cleanText, plainLinkAt, safeLink } from '$lib/client/terminal/text';

const OWN = 'https://tab.example';

describe('links', () => {
	it('are found under a column, without the punctuation around them', () => {
		const line = 'see (https://example.org/a_(b)), or http://x.example.';
		expect(plainLinkAt(line, 8, OWN)).toBe('https://example.org/a_(b)');
		expect(plainLinkAt(line, 40, OWN)).toBe('http://x.example/');
		expect(plainLinkAt(line, 0, OWN)).toBeNull();
		expect(plainLinkAt(line, 33, OWN)).toBeNull();
	});

	it.each([
		['https://a.example/(b', 'https://a.example/(b'],
		['https://a.example/(b))', 'https://a.example/(b)'],
		['https://a.example/[b](c).', 'https://a.example/[b](c)'],
		['https://a.example/[b)])', 'https://a.example/[b)]'],
		[`https://a.example/${')]'.repeat(5_000)}`, 'https://a.example/']
	])('end before a bracket that they did not open: %.40s', (text, link) => {
		expect(plainLinkAt(text, 0, OWN)).toBe(link);
	});

	it('show a look-alike name as punycode', () => {
		expect(safeLink('https://аpple.com/', OWN)).toBe('https://xn--pple-43d.com/');
	});

	it('never lead to our own origin', () => {
		expect(safeLink('https://tab.example/auth/logout', OWN)).toBeNull();
	});
});

describe('titles', () => {
	it('are cut by characters, never through one', () => {
		expect(cleanText('😀'.repeat(100), 3)).toBe('😀😀😀');
	});
});

describe('answers of the terminal', () => {
	it.each([
		'\u001b[4;3R',
		'\u001b[?62;22;52c',
		'\u001b[>1;10;0c',
		'\u001b[0n',
		'\u001b[?2026;2$y',
		'\u001b[?0u',
		'\u001b[8;24;80t',
		'\u001b]11;rgb:ffff/ffff/ffff\u001b\\',
		'\u001b]4;1;rgb:cccc/6666/6666\u0007',
		'\u001bP>|libghostty\u001b\\',
		'\u001bP1$r0m\u001b\\'
	])('may be %j', (reply) => {
		expect(isFixedReply(reply)).toBe(true);
	});

	it.each([
		'\u001b]52;c;c2VjcmV0\u0007',
		'\u001b]lrm -rf\u001b\\',
		'\u001bP1+r544e=6162\u001b\\',
		'ls\r',
		'\u001b[4;3R\rls\r',
		'\u001b_Gi=31;OK\u001b\\'
	])('H9 may not be %j', (reply) => {
		expect(isFixedReply(reply)).toBe(false);
	});

	it('are told apart when they come together', () => {
		expect(splitReplies('\u001b[0n\u001b[1;1R\u001bP1$r0m\u001b\\')).toEqual([
			'\u001b[0n',
			'\u001b[1;1R',
			'\u001bP1$r0m\u001b\\'
		]);
	});

	it('H9 are at most a hundred a second', () => {
		let now = 0;
		const limit = new RateLimit(100, () => now);
		expect(Array.from({ length: 300 }, () => limit.take()).filter(Boolean)).toHaveLength(100);
		now = 1001;
		expect(limit.take()).toBe(true);
	});
});

describe('OutputQueue', () => {
	function setup(costMs: number) {
		let now = 0;
		let turns: (() => void)[] = [];
		const fed: number[] = [];
		const floods: boolean[] = [];
		const queue = new OutputQueue({
			feed: (bytes) => {
				fed.push(bytes.length);
				now += costMs;
			},
			now: () => now,
			schedule: (run, isFlood) => {
				floods.push(isFlood);
				turns.push(run);
				return () => {
					turns = turns.filter((known) => known !== run);
				};
			}
		});
		const turn = () => {
			const due = turns;
			turns = [];
			for (const run of due) run();
		};
		return { queue, fed, floods, turn, pending: () => turns.length };
	}

	it('H8 feeds no more than a slice in one turn, and tells what is drawn in the next', () => {
		const { queue, fed, turn } = setup(5);
		const drawn = vi.fn();
		queue.push(new Uint8Array(64 * 1024), drawn);
		turn();
		expect(fed).toHaveLength(2);
		for (let turns = 0; turns < 3; turns += 1) turn();
		expect(fed).toHaveLength(8);
		expect(drawn).not.toHaveBeenCalled();
		turn();
		expect(drawn).toHaveBeenCalledOnce();
	});

	it('asks for no frame while more waits than a turn feeds', () => {
		const { queue, floods, turn } = setup(5);
		queue.push(new Uint8Array(24 * 1024), () => undefined);
		for (let turns = 0; turns < 3; turns += 1) turn();
		queue.push(new Uint8Array(10), () => undefined);
		expect(floods).toEqual([false, true, false, false]);
	});

	it('keeps the order and stops asking for turns when it is empty', () => {
		const { queue, turn, pending } = setup(0);
		const order: string[] = [];
		queue.push(new Uint8Array(10), () => order.push('a'));
		queue.push(new Uint8Array(10), () => order.push('b'));
		turn();
		turn();
		expect(order).toEqual(['a', 'b']);
		expect(pending()).toBe(0);
	});

	it('knows with the last piece that nothing follows', () => {
		const follows: boolean[] = [];
		let run = (): void => undefined;
		const queue = new OutputQueue({
			feed: () => follows.push(!queue.isEmpty),
			now: () => 0,
			schedule: (turn) => {
				run = turn;
				return () => undefined;
			}
		});
		queue.push(new Uint8Array(9 * 1024), () => undefined);
		run();
		expect(follows).toEqual([true, false]);
	});

	it('feeds nothing while it is paused', () => {
		const { queue, fed, turn } = setup(0);
		queue.setPaused(true);
		queue.push(new Uint8Array(10), () => undefined);
		turn();
		expect(fed).toEqual([]);
		queue.setPaused(false);
		turn();
		expect(fed).toEqual([10]);
	});
});
