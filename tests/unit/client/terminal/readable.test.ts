// Text in named colours on named backgrounds is readable as restty is given it, on its real core.
import { createHeadlessTerminal } from 'restty/headless';
import { describe, expect, it } from 'vitest';
import { contrast, hexOf, rgbOf } from '$lib/client/terminal/colors';
import { Readable } from '$lib/client/terminal/readable';

const FG = '#222933';
const BG = '#ffffff';
const GREY = '#5c6573';
const BLUE = '#0b62b0';
const PALETTE = Array.from({ length: 16 }, (_, at) => (at === 4 ? BLUE : at === 7 ? GREY : FG));

const NONE = ['', ''] as const;

/** Text and background of the first cells, as they are to be drawn. */
async function drawn(text: string, cells = 1): Promise<readonly (readonly [string, string])[]> {
	const terminal = await createHeadlessTerminal({
		cols: 12,
		rows: 1,
		maxScrollbackBytes: 100_000,
		replay: false
	});
	const { wasm, handle } = terminal;
	const number = (hex: string) => parseInt(hex.slice(1), 16);
	const palette = Uint8Array.from(PALETTE.flatMap((hex) => rgbOf(hex)));
	const readable = new Readable();
	readable.setDefaults(number(FG), number(BG));
	readable.setPalette(palette);
	wasm.setDefaultColors(handle, number(FG), number(BG), number(FG));
	wasm.setPalette(handle, palette, PALETTE.length);
	terminal.write(text);
	wasm.renderUpdate(handle);
	const state = wasm.getRenderState(handle);
	if (state === null) throw new Error('no state');
	const { fgBytes, bgBytes } = readable.apply(state);
	const at = (bytes: Uint8Array | null, cell: number) => {
		const [r = 0, g = 0, b = 0] = bytes?.subarray(cell * 4) ?? [];
		return hexOf([r, g, b]);
	};
	return Array.from({ length: cells }, (_, cell) => [at(fgBytes, cell), at(bgBytes, cell)]);
}

describe('text in a theme’s colours on each other', () => {
	it('is raised until it is readable, the background stays', async () => {
		expect(contrast(GREY, BLUE)).toBeLessThan(1.1);
		const [[text, on] = NONE] = await drawn('\x1b[37;44ma');
		expect(on).toBe(BLUE);
		expect(contrast(text, on)).toBeGreaterThanOrEqual(4.5);
		const [[plain, behind] = NONE] = await drawn('\x1b[44ma');
		expect(contrast(plain, behind)).toBeGreaterThanOrEqual(4.5);
	});

	it('the other way round where it is inverse: restty turns it', async () => {
		const [[on, text] = NONE] = await drawn('\x1b[34;47;7ma');
		expect(on).toBe(BLUE);
		expect(contrast(text, on)).toBeGreaterThanOrEqual(4.5);
	});

	it.each([
		['on the theme’s own background', '\x1b[37ma', [GREY, BG]],
		['that is hidden', '\x1b[34;44ma', [BLUE, BLUE]],
		['in a colour that the program chose itself', '\x1b[38;2;16;98;176;44ma', ['#1062b0', BLUE]],
		['on a background that it chose itself', '\x1b[37;48;2;90;100;115ma', [GREY, '#5a6473']],
		['that is a surface', '\x1b[37;44m▀', [GREY, BLUE]],
		['that is powerline’s', '\x1b[37;44m\ue0b0', [GREY, BLUE]]
	])('stays %s', async (_, text, colors) => {
		expect(await drawn(text)).toEqual([colors]);
	});
});
