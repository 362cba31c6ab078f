// What the load stands on: the recorded shape, and streams that show each byte that is not where it belongs.
import { describe, expect, test } from 'vitest';
import { Flow } from '../../load/flow';
import { actsOf, parseShape, readShape, shapeText, type Frame } from '../../load/shape';

const up = (atMs: number, sizeBytes: number): Frame => ({ atMs, isUp: true, sizeBytes });
const down = (atMs: number, sizeBytes: number): Frame => ({ atMs, isUp: false, sizeBytes });
const tracks = { control: [down(5, 30)], derp: [up(0, 150), down(4, 150)], spare: [] };

describe('the shape', () => {
	test('survives its file, and nothing else passes for it', () => {
		const shape = { made: { by: 'a test' }, periodMs: 60_000, tracks };
		expect(parseShape(shapeText(shape))).toEqual(shape);
		for (const text of [
			'{}',
			'{"made":{},"periodMs":0,"tracks":{"control":[],"derp":[],"spare":[]}}',
			'{"made":{},"periodMs":9,"tracks":{"control":[],"derp":[1],"spare":[]}}',
			'{"made":{},"periodMs":9,"tracks":{"control":[],"derp":[9,1],"spare":[]}}',
			'{"made":{},"periodMs":9,"tracks":{"control":[],"derp":[1,0],"spare":[]}}'
		])
			expect(() => parseShape(text), text).toThrow();
	});

	test('has answers where the far end speaks soon after the window, and acts of its own elsewhere', () => {
		const acts = actsOf([down(0, 1), up(10, 2), down(12, 3), up(13, 4), down(60, 5), down(500, 6)]);
		expect(acts).toEqual([
			{ atMs: 0, isUp: false, sizeBytes: 1, answers: [] },
			{ atMs: 10, isUp: true, sizeBytes: 2, answers: [3] },
			{ atMs: 13, isUp: true, sizeBytes: 4, answers: [5] },
			{ atMs: 500, isUp: false, sizeBytes: 6, answers: [] }
		]);
	});

	test('that was recorded is a minute of somebody who types', () => {
		const { periodMs, tracks: recorded } = readShape();
		const keys = actsOf(recorded.derp).filter(({ isUp, answers }) => isUp && answers.length > 0);
		expect(periodMs).toBeGreaterThan(30_000);
		expect((keys.length * 1_000) / periodMs).toBeGreaterThan(1);
		for (const frames of [recorded.derp, recorded.control, recorded.spare])
			expect(frames.map(({ atMs }) => atMs)).toEqual(
				frames.map(({ atMs }) => atMs).sort((a, b) => a - b)
			);
	});
});

describe('a stream', () => {
	const mark = { sentMs: 1, answers: [7] };
	const sent = (flow: Flow): Buffer =>
		Buffer.concat(
			[100, 70_000, 1, 250].map((sizeBytes) => Buffer.from(flow.next(sizeBytes, mark)))
		);

	test('arrives however it is cut, and tells which frames are whole', () => {
		const flow = new Flow(3);
		const bytes = sent(flow);
		expect(flow.take(bytes.subarray(0, 99))).toEqual([]);
		expect(flow.take(bytes.subarray(99, 70_100))).toMatchObject([
			{ endBytes: 100, answers: [7] },
			{}
		]);
		expect(flow.take(bytes.subarray(70_100))).toHaveLength(2);
		expect(flow).toMatchObject({ damaged: 0, sentBytes: 70_351, arrivedBytes: 70_351, frames: 4 });
	});

	test.each<[string, (bytes: Buffer) => readonly Buffer[]]>([
		[
			'changed',
			(bytes) => [
				Buffer.concat([
					bytes.subarray(0, 40),
					Buffer.from([(bytes[40] ?? 0) ^ 1]),
					bytes.subarray(41)
				])
			]
		],
		['doubled', (bytes) => [bytes.subarray(0, 100), bytes.subarray(0, 100), bytes.subarray(100)]],
		['left out', (bytes) => [bytes.subarray(0, 100), bytes.subarray(101)]],
		['swapped', (bytes) => [bytes.subarray(100, 300), bytes.subarray(0, 100), bytes.subarray(300)]],
		['of another stream', () => [sent(new Flow(4))]]
	])('shows what was %s', (_, spoil) => {
		const flow = new Flow(3);
		for (const piece of spoil(sent(flow))) flow.take(piece);
		expect(flow.damaged).toBeGreaterThan(0);
	});
});
