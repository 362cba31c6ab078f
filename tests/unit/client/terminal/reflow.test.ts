// What docs/CONFORMANCE.md says of colours at the end of a line, on restty's real core.
import { createHeadlessTerminal } from 'restty/headless';
import { expect, it } from 'vitest';

it('a line in colour that went on at the bottom keeps its colour to the end in a wider window', async () => {
	const terminal = await createHeadlessTerminal({
		cols: 10,
		rows: 4,
		maxScrollbackBytes: 100_000,
		replay: false
	});
	/** A row as # where it has a colour of its own. */
	const row = (at: number): string => {
		terminal.wasm.renderUpdate(terminal.handle);
		const state = terminal.wasm.getRenderState(terminal.handle);
		const cols = state?.cols ?? 0;
		const [red, green, blue] = state?.bgBytes?.slice(-4) ?? [];
		return Array.from({ length: cols }, (_, col) => {
			const cell = state?.bgBytes?.slice((at * cols + col) * 4) ?? [];
			return cell[0] === red && cell[1] === green && cell[2] === blue ? '.' : '#';
		}).join('');
	};
	terminal.write(`\r\n\r\n\r\n\x1b[44m${'x'.repeat(13)}\x1b[0m\r\n$ `);
	expect([row(1), row(2), row(3)]).toEqual(['##########', '##########', '..........']);
	terminal.resize(30, 4);
	const rows = [0, 1, 2, 3].map(row).filter((text) => text.includes('#'));
	expect(rows).toEqual([`${'#'.repeat(20)}${'.'.repeat(10)}`]);

	// Anywhere else it ends with its text.
	terminal.write(`\x1bc\x1b[44m${'y'.repeat(33)}\x1b[0m`);
	terminal.resize(40, 4);
	expect(row(0)).toBe(`${'#'.repeat(33)}${'.'.repeat(7)}`);
});
