// What restty is given to draw, on its real core, whatever the core keeps.
import { createHeadlessTerminal } from 'restty/headless';
import { describe, expect, it } from 'vitest';
import { drawable } from '$lib/client/terminal/drawable';

/** A screen as it is to be drawn. */
async function stateOf(text: string, cols = 12) {
	const terminal = await createHeadlessTerminal({
		cols,
		rows: 2,
		maxScrollbackBytes: 100_000,
		replay: false
	});
	terminal.write(text);
	const { wasm, handle } = terminal;
	wasm.renderUpdate(handle);
	const state = wasm.getRenderState(handle);
	if (state === null) throw new Error('no state');
	return { state, drawn: drawable(state) };
}

/** What is to be drawn of it: the code points of each cell that has any. */
async function drawn(text: string, cols?: number): Promise<readonly string[]> {
	const { codepoints, graphemeOffset, graphemeLen, graphemeBuffer } = (await stateOf(text, cols))
		.drawn;
	return [...(codepoints ?? [])].flatMap((codepoint, cell) => {
		if (codepoint === 0) return [];
		const from = graphemeOffset?.[cell] ?? 0;
		const more = graphemeBuffer?.slice(from, from + (graphemeLen?.[cell] ?? 0)) ?? [];
		return [String.fromCodePoint(codepoint, ...more)];
	});
}

describe('keycap emoji', () => {
	it.each(['0', '9', '#', '*'])('%s is the emoji, with and without U+FE0F', async (sign) => {
		expect(await drawn(`${sign}\ufe0f\u20e3`)).toEqual([`${sign}\ufe0f\u20e3`]);
		expect(await drawn(`${sign}\u20e3 x`)).toEqual([`${sign}\ufe0f\u20e3`, ' ', 'x']);
	});

	it('is its sign alone where there is no room', async () => {
		expect(await drawn('1\ufe0f\u20e32\ufe0f\u20e3x')).toEqual(['1', '2', 'x']);
		expect(await drawn('abc1\ufe0f\u20e3', 4)).toEqual(['a', 'b', 'c', '1']);
	});

	it('is left as it is where a program has asked for clusters, which are two columns wide', async () => {
		expect(await drawn('\x1b[?2027h1\ufe0f\u20e3x')).toEqual(['1\ufe0f\u20e3', 'x']);
	});

	it('other signs keep what they have', async () => {
		const text = ['a\u20e3', 'e\u0301', '❤\ufe0f', 'x'];
		expect(await drawn(`1\u20e3 ${text.join('')}`)).toEqual(['1\ufe0f\u20e3', ' ', ...text]);
	});

	it('a screen without any is the core’s own', () => {
		const state = {
			cols: 1,
			codepoints: Uint32Array.of(0x65),
			styleFlags: Uint16Array.of(0),
			graphemeOffset: Uint32Array.of(0),
			graphemeLen: Uint32Array.of(1),
			graphemeBuffer: Uint32Array.of(0x301)
		};
		expect(drawable(state)).toBe(state);
	});
});

describe('powerline', () => {
	it('has thin separators by the signs that look like them', async () => {
		const signs = ['⟩', '⟨', '╲', '╱', '╱', '╲'];
		expect(await drawn('\ue0b1\ue0b3\ue0b9\ue0bb\ue0bd\ue0bf')).toEqual(signs);
	});

	it('has its upper right corner the right way up', async () => {
		expect(await drawn('\ue0be')).toEqual(['\ue0ba']);
	});

	it('has its lower corners as the other corner in the other colour, which ends with the row', async () => {
		const { state, drawn: own } = await stateOf('\ue0b8\x1b[7m\ue0ba\x1b[0m\ue0bc');
		expect([...(own.codepoints ?? [])].slice(0, 3)).toEqual([0xe0ba, 0xe0bc, 0xe0bc]);
		const inverse = 16;
		const flags = (of: typeof state) => [...(of.styleFlags ?? [])].slice(0, 3);
		expect(flags(own)).toEqual([inverse, 0, 0]);
		expect(await drawn('\x1b[1m\ue0b8\ue0ba')).toEqual(['\ue0b8', '\ue0be']);
		// The core's memory stays as it is.
		expect(flags(state)).toEqual([0, inverse, 0]);
	});

	it('has all else as it is', async () => {
		const text = ['\ue0a0', '\ue0b0', '\ue0b2', '\ue0b4', '\ue0bc', '\ue0c0'];
		expect(await drawn(text.join(''))).toEqual(text);
	});
});
