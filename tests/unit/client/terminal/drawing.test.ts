// What is drawn and when: quads for software GL, frames on demand.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Frames } from '$lib/client/terminal/frames';
import { BOX_FLOATS, joinBoxes, QuadVertices } from '$lib/client/terminal/quads';

const RED = [1, 0, 0, 1] as const;
const DARK = [0.1, 0.2, 0.3, 1] as const;
type Box = readonly [number, number, number, number, readonly [number, number, number, number]];
const boxes = (...all: readonly Box[]) =>
	new Float32Array(all.flatMap(([x, y, w, h, color]) => [x, y, w, h, ...color]));
const list = (joined: Float32Array) =>
	Array.from({ length: joined.length / BOX_FLOATS }, (_, i) =>
		Array.from(joined.subarray(i * BOX_FLOATS, i * BOX_FLOATS + 4))
	);

describe('boxes', () => {
	it('of one colour become one: along a row, then down equal rows', () => {
		const grid: Box[] = [];
		for (let row = 0; row < 3; row += 1)
			for (let col = 0; col < 4; col += 1) grid.push([col * 10, row * 20, 10, 20, RED]);
		expect(list(joinBoxes(boxes(...grid), null))).toEqual([[0, 0, 40, 60]]);
	});

	it('of other colours, or apart, stay', () => {
		const two: Box[] = [
			[0, 0, 10, 20, RED],
			[10, 0, 10, 20, DARK],
			[30, 0, 10, 20, DARK]
		];
		expect(list(joinBoxes(boxes(...two), null))).toHaveLength(3);
	});

	it('of the colour that the canvas was cleared with are left out', () => {
		const row: Box[] = [
			[0, 0, 10, 20, DARK],
			[10, 0, 10, 20, RED],
			[20, 0, 10, 20, DARK]
		];
		expect(list(joinBoxes(boxes(...row), DARK))).toEqual([[10, 0, 10, 20]]);
	});
});

describe('quads', () => {
	it('are four corners with the instance each', () => {
		const { data, length, quads } = new QuadVertices(2).fill(Float32Array.of(7, 8, 9, 10));
		expect(quads).toBe(2);
		expect(Array.from(data.subarray(0, length))).toEqual(
			[7, 9].flatMap((x) =>
				[
					[0, 0],
					[1, 0],
					[0, 1],
					[1, 1]
				].flatMap((corner) => [...corner, x, x + 1])
			)
		);
		expect(Array.from(QuadVertices.indices(2)).slice(6)).toEqual([4, 5, 6, 6, 5, 7]);
	});
});

describe('frames', () => {
	let asked: FrameRequestCallback[] = [];
	let drawn = 0;
	let isSeen = true;
	let isSlow = true;

	beforeEach(() => {
		asked = [];
		drawn = 0;
		isSeen = true;
		isSlow = true;
		vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
		vi.stubGlobal('requestAnimationFrame', (run: FrameRequestCallback) => asked.push(run));
		vi.stubGlobal('cancelAnimationFrame', () => undefined);
	});
	afterEach(() => {
		vi.useRealTimers();
		vi.unstubAllGlobals();
	});

	const loop = () => {
		drawn += 1;
		requestAnimationFrame(loop);
	};
	async function setup() {
		const frames = new Frames({
			isSeen: () => isSeen,
			isMoving: () => false,
			isSlow: () => isSlow
		});
		frames.adopt();
		requestAnimationFrame(loop);
		await Promise.resolve();
		return frames;
	}
	const frame = () => {
		for (const run of asked.splice(0)) run(performance.now());
	};

	it('are not asked for while nothing changes', async () => {
		await setup();
		frame();
		expect(drawn).toBe(1);
		expect(asked).toEqual([]);
	});

	it('are each their own terminal’s where two begin in one task', async () => {
		const own = globalThis.requestAnimationFrame;
		const seen: string[] = [];
		const begin = (name: string) => {
			const options = { isSeen: () => false, isMoving: () => false, isSlow: () => false };
			const loop = () => {
				seen.push(name);
				requestAnimationFrame(loop);
			};
			new Frames(options).adopt();
			requestAnimationFrame(loop);
		};
		begin('first');
		begin('second');
		await Promise.resolve();
		expect(globalThis.requestAnimationFrame).toBe(own);
		frame();
		frame();
		expect(seen).toEqual([]);
	});

	it('come once for what changes together', async () => {
		const frames = await setup();
		frame();
		frames.request();
		frames.request();
		expect(asked).toHaveLength(1);
		frame();
		expect(drawn).toBe(2);
	});

	it('go on for what moves by itself, and turn the cursor', async () => {
		const frames = await setup();
		frames.request(100);
		frame();
		frame();
		expect(drawn).toBe(2);
		vi.advanceTimersByTime(150);
		frame();
		expect(asked).toEqual([]);
		vi.advanceTimersByTime(600);
		expect(asked).toHaveLength(1);
	});

	/** A piece of output each 10 ms, a frame after each that is asked for. */
	async function pour(bytes: number) {
		const frames = await setup();
		for (let turn = 0; turn < 100; turn += 1) {
			vi.advanceTimersByTime(10);
			frames.output(bytes);
			frame();
		}
		return frames;
	}

	it('are fifteen a second in a flood that software draws, and all again after it', async () => {
		const frames = await pour(10_000);
		expect(drawn).toBeGreaterThan(12);
		// With those of the cursor's blinks.
		expect(drawn).toBeLessThan(30);
		// What came last is drawn in any case.
		const before = drawn;
		vi.advanceTimersByTime(70);
		frame();
		expect(drawn).toBe(before + 1);
		frames.output(10);
		vi.advanceTimersByTime(70);
		frame();
		vi.advanceTimersByTime(10);
		frames.output(10);
		expect(asked).toHaveLength(1);
	});

	it('are all of them for what a person can follow, and on a GPU', async () => {
		await pour(1_000);
		expect(drawn).toBeGreaterThanOrEqual(100);
		isSlow = false;
		drawn = 0;
		await pour(10_000);
		expect(drawn).toBeGreaterThanOrEqual(100);
	});

	it('are left out where nobody looks', async () => {
		await setup();
		isSeen = false;
		frame();
		expect(drawn).toBe(0);
	});
});
