// What a terminal's looks are made of: faces by need, line height, wheel steps.
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { Faces } from '$lib/client/terminal/faces';
import { extraFaces, type ExtraFace } from '$lib/client/terminal/fonts';
import { cursorCode, cursorSequence } from '$lib/client/terminal/cursor';
import { withLineHeight } from '$lib/client/terminal/line-height';
import { WheelSteps } from '$lib/client/terminal/zoom';

describe('faces beside text', () => {
	it.each<readonly [string, readonly ExtraFace[]]>([
		['plain ─ ü é ❯ ✓ ⠿', []],
		['★ ✔ ✘', ['signs']],
		['\ue0b0', ['symbols']],
		['\u{f0a7a}', ['symbols']],
		['漢字', ['cjk']],
		['かな カタカナ', ['cjk']],
		['한국어', ['cjk']],
		['ｆｕｌｌ', ['cjk']],
		['😀', ['emoji']],
		['🇩🇪', ['emoji']],
		['1\u20e3', ['emoji']],
		['❤️', ['signs', 'emoji']],
		['❤', ['signs']],
		['👨‍👩‍👧 漢 \ue0a0', ['symbols', 'cjk', 'emoji']]
	])('%j needs %j', (text, faces) => {
		expect(extraFaces(text)).toEqual(faces);
	});

	const look = { fontSizePx: 14, lineHeightPercent: 130, hasLigatures: false, localFamily: null };
	const made = (options: {
		readonly met?: readonly ExtraFace[];
		readonly isGone?: () => boolean;
	}) => {
		const fonts = {
			load: vi.fn(() => Promise.resolve([{ data: new ArrayBuffer(1) }])),
			meet: vi.fn((_face: ExtraFace) => Promise.resolve())
		};
		const put = vi.fn(() => Promise.resolve());
		const { met = [], isGone = () => false } = options;
		return {
			fonts,
			put,
			faces: new Faces({ fonts, put, look, given: [], met: new Set(met), isGone })
		};
	};

	it('are fetched when first met, each once, and given to the engine together', async () => {
		const { fonts, put, faces } = made({});
		faces.meet('plain');
		faces.meet('漢');
		faces.meet('字 😀');
		await vi.waitFor(() => {
			expect(put).toHaveBeenCalled();
		});
		faces.meet('漢 😀');
		expect(fonts.meet.mock.calls).toEqual([['cjk'], ['emoji']]);
	});

	it('that the engine began with are not fetched again', () => {
		const { fonts, faces } = made({ met: ['cjk'] });
		faces.meet('漢');
		expect(fonts.meet).not.toHaveBeenCalled();
	});

	it('that did not come are asked for again', async () => {
		const { fonts, put, faces } = made({});
		fonts.meet.mockRejectedValueOnce(new Error('away'));
		faces.meet('漢');
		await Promise.resolve();
		await Promise.resolve();
		faces.meet('漢');
		await vi.waitFor(() => {
			expect(put).toHaveBeenCalledOnce();
		});
		expect(fonts.meet).toHaveBeenCalledTimes(2);
	});

	it('that are the same for another look are not given again', async () => {
		const { fonts, put, faces } = made({});
		const data = new ArrayBuffer(1);
		fonts.load.mockResolvedValue([{ data }]);
		faces.setLook({ ...look, lineHeightPercent: 140 });
		await vi.waitFor(() => {
			expect(put).toHaveBeenCalledOnce();
		});
		faces.setLook({ ...look, fontSizePx: 15 });
		await vi.waitFor(() => {
			expect(fonts.load).toHaveBeenCalledTimes(2);
		});
		await Promise.resolve();
		expect(put).toHaveBeenCalledOnce();
	});

	it('change with the look, and not for an engine that is gone', async () => {
		const { fonts, put, faces } = made({});
		faces.setLook(look);
		expect(fonts.load).not.toHaveBeenCalled();
		faces.setLook({ ...look, hasLigatures: true });
		await vi.waitFor(() => {
			expect(put).toHaveBeenCalledOnce();
		});
		expect(fonts.load).toHaveBeenCalledWith({ ...look, hasLigatures: true });

		const gone = made({ isGone: () => true });
		gone.faces.setLook({ ...look, lineHeightPercent: 150 });
		await vi.waitFor(() => {
			expect(gone.fonts.load).toHaveBeenCalledOnce();
		});
		await Promise.resolve();
		expect(gone.put).not.toHaveBeenCalled();
	});
});

describe('line height', () => {
	const file = readFileSync('static/fonts/headtab-mono-regular.ttf');
	const face = new Uint8Array(file).buffer;
	/** Ascender and descender of `hhea`, in units of 1/1000. */
	const metrics = (data: ArrayBuffer) => {
		const view = new DataView(data);
		for (let at = 12; ; at += 16) {
			if (view.getUint32(at) !== 0x68686561) continue;
			const hhea = view.getUint32(at + 8);
			return [view.getInt16(hhea + 4), view.getInt16(hhea + 6)];
		}
	};

	it('is added equally above and below, in a copy', () => {
		expect(metrics(face)).toEqual([1020, -300]);
		// At 20 px a line has 26 px of its own.
		expect(metrics(withLineHeight(face, 1.6, 20))).toEqual([1020 + 150, -300 - 150]);
		expect(metrics(withLineHeight(face, 1, 20))).toEqual([1020 - 150, -300 + 150]);
		expect(metrics(face)).toEqual([1020, -300]);
	});

	it('moves the baseline by whole pixels: all letters stand on it', () => {
		for (const px of [10, 13, 14, 17, 28]) {
			const [own = 0, below = 0] = metrics(face);
			const [above = 0, under = 0] = metrics(withLineHeight(face, 1.7, px));
			const moved = ((above - own) * px) / 1000;
			expect(Math.abs(moved - Math.round(moved))).toBeLessThan(0.02);
			const height = Math.round(((above - under) * px) / 1000);
			expect(height).toBe(Math.round(1.7 * px));
			expect(below).toBe(-300);
		}
	});

	it('leaves a face whose lines are so already', () => {
		expect(withLineHeight(face, 1.3, 14)).toBe(face);
	});

	it('leaves what is no face as it is', () => {
		for (const data of [new ArrayBuffer(0), new ArrayBuffer(40), face.slice(0, 100)])
			expect(withLineHeight(data, 2, 14)).toBe(data);
	});
});

describe('Ctrl and the wheel', () => {
	it('make a step of a notch, and of many small moves of a touchpad', () => {
		const wheel = new WheelSteps();
		expect(wheel.take({ deltaY: -100, deltaMode: 0 })).toBe(1);
		const small = new WheelSteps();
		const steps = Array.from({ length: 15 }, () => small.take({ deltaY: 8, deltaMode: 0 }));
		expect(steps.reduce((sum, step) => sum + step, 0)).toBe(-2);
		expect(new WheelSteps().take({ deltaY: 3, deltaMode: 1 })).toBe(-2);
	});

	it('begin anew when turned round', () => {
		const wheel = new WheelSteps();
		wheel.take({ deltaY: 50, deltaMode: 0 });
		expect(wheel.take({ deltaY: -50, deltaMode: 0 })).toBe(0);
		expect(wheel.take({ deltaY: -20, deltaMode: 0 })).toBe(1);
	});
});

describe('the cursor', () => {
	const bar = { cursorShape: 'bar', isCursorBlinking: true } as const;
	it('is the person\u2019s until a program asks for another', () => {
		expect(cursorSequence(0, bar, false)).toBe('\u001b[5 q');
		expect(cursorSequence(0, { ...bar, isCursorBlinking: false }, false)).toBe('\u001b[6 q');
		expect(cursorSequence(0, { ...bar, cursorShape: 'block' }, false)).toBe('\u001b[1 q');
		expect(cursorSequence(0, { ...bar, cursorShape: 'underline' }, false)).toBe('\u001b[3 q');
		for (const code of [1, 2, 3, 4, 5, 6])
			expect(cursorSequence(code, bar, false)).toBe(`\u001b[${String(code)} q`);
	});

	it('does not blink where motion is reduced, whoever asks', () => {
		expect(cursorSequence(0, bar, true)).toBe('\u001b[6 q');
		expect(cursorSequence(1, bar, true)).toBe('\u001b[2 q');
		expect(cursorSequence(4, bar, true)).toBe('\u001b[4 q');
	});

	it('is asked for by DECSCUSR alone', () => {
		expect(['', '0', '3', '6'].map((code) => cursorCode(`${code} `))).toEqual([0, 0, 3, 6]);
		expect(['7 ', '99 ', '1;2 ', '1', '>1 ', '1000 '].map(cursorCode)).toEqual(Array(6).fill(null));
	});
});
