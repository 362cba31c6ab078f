// Prompts, outputs and ends of commands as a shell marks them.
import { describe, expect, it } from 'vitest';
import { CommandLog } from '$lib/client/terminal/commands';

const at = (row: number, col = 0) => ({ row, col });

/** Two commands, at rows 0 and 5, and the prompt of a third at row 9. */
function twoCommands(): CommandLog {
	const log = new CommandLog();
	log.mark('A', at(0), null, 0);
	log.mark('B', at(0, 2), null, 1);
	log.mark('C', at(1), null, 5);
	log.mark('D', at(5), 0, 30_005);
	log.mark('A', at(5), null, 30_006);
	log.mark('C', at(6), null, 40_000);
	log.mark('D', at(9), 2, 40_500);
	log.mark('A', at(9), null, 40_500);
	return log;
}

describe('CommandLog', () => {
	it('keeps where a command was typed, what it wrote, how long it ran and how it ended', () => {
		expect(twoCommands().all).toEqual([
			{ promptRow: 0, output: at(1), end: at(5), tookMs: 30_000, status: 0 },
			{ promptRow: 5, output: at(6), end: at(9), tookMs: 500, status: 2 },
			{ promptRow: 9, output: null, end: null, tookMs: null, status: null }
		]);
	});

	it('takes an end without a begin for none: an empty line, a shell that has just begun', () => {
		const log = new CommandLog();
		log.mark('D', at(0), 0, 1);
		log.mark('A', at(0), null, 2);
		log.mark('D', at(1), 0, 3);
		log.mark('A', at(1), null, 4);
		expect(log.all).toEqual([
			{ promptRow: 1, output: null, end: null, tookMs: null, status: null }
		]);
	});

	it('tells no time and no status of a command that was lost with its shell', () => {
		const log = new CommandLog();
		log.mark('A', at(0), null, 0);
		log.mark('C', at(1), null, 5);
		log.lost(at(4));
		// The next shell ends what it did not begin, as bash and zsh do before their first prompt.
		log.mark('D', at(5), 0, 7_200_000);
		log.mark('A', at(5), null, 7_200_001);
		expect(log.all).toEqual([
			{ promptRow: 0, output: at(1), end: at(4), tookMs: null, status: null },
			{ promptRow: 5, output: null, end: null, tookMs: null, status: null }
		]);
	});

	it('knows no time of what is drawn anew', () => {
		const log = new CommandLog();
		log.mark('A', at(0), null, null);
		log.mark('C', at(1), null, null);
		log.mark('D', at(5), 1, null);
		expect(log.all).toMatchObject([{ tookMs: null, status: 1 }]);
	});

	it('forgets what a prompt is drawn over', () => {
		const log = twoCommands();
		log.mark('A', at(9), null, 1);
		expect(log.all).toHaveLength(3);
		log.mark('A', at(2), null, 1);
		expect(log.all.map(({ promptRow }) => promptRow)).toEqual([0, 2]);
	});

	it('goes from prompt to prompt', () => {
		const log = twoCommands();
		expect(log.promptFrom(9, -1)).toBe(5);
		expect(log.promptFrom(5, -1)).toBe(0);
		expect(log.promptFrom(0, -1)).toBeNull();
		expect(log.promptFrom(0, 1)).toBe(5);
		expect(log.promptFrom(9, 1)).toBeNull();
	});

	it('loses what the scrollback drops, and follows what moves', () => {
		const log = twoCommands();
		log.dropBefore(3);
		expect(log.all.map(({ promptRow }) => promptRow)).toEqual([5, 9]);
		log.move(({ row, col }) => ({ row: row * 2, col }));
		expect(log.all[0]).toMatchObject({ promptRow: 10, output: at(12), end: at(18) });
	});
});
