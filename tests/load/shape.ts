// The traffic of a real window as sizes and pauses (shape.json, made by window.record.ts), cut into what
// its two ends do: frames that the window sends, those that answer them, and those that come by themselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../src/lib/contracts/parse';

/** The connections of a window; of the spare kind it has one for each more DERP region that it knows. */
export const TRACKS = ['control', 'derp', 'spare'] as const;
export type TrackName = (typeof TRACKS)[number];

/** One message through the relay. */
export interface Frame {
	/** Since the recording's start. */
	readonly atMs: number;
	/** From the window. */
	readonly isUp: boolean;
	readonly sizeBytes: number;
}

/** What one end does at a time of its own. */
export interface Act {
	readonly atMs: number;
	readonly isUp: boolean;
	readonly sizeBytes: number;
	/** Sizes of the frames with which the far end answers it at once. */
	readonly answers: readonly number[];
}

export interface Shape {
	/** How and with what it was recorded. */
	readonly made: Readonly<Record<string, string>>;
	readonly periodMs: number;
	readonly tracks: Readonly<Record<TrackName, readonly Frame[]>>;
}

export const SHAPE_FILE = join(import.meta.dirname, 'shape.json');

/** A frame of the far end that comes so soon after one of the window is its answer; the machines of the
 *  recording answer a key within a few. */
const ANSWER_MS = 100;

/** The file's text: each track is a flat list of times and sizes, the window's own as positive numbers. */
export function shapeText({ made, periodMs, tracks }: Shape): string {
	const flat = (frames: readonly Frame[]) =>
		frames.flatMap(({ atMs, isUp, sizeBytes }) => [
			Math.round(atMs),
			isUp ? sizeBytes : -sizeBytes
		]);
	return JSON.stringify({
		made,
		periodMs: Math.round(periodMs),
		tracks: Object.fromEntries(TRACKS.map((name) => [name, flat(tracks[name])]))
	});
}

/** @throws Error for anything but what `shapeText` makes */
export function parseShape(text: string): Shape {
	const value: unknown = JSON.parse(text);
	if (!isRecord(value) || !isRecord(value['tracks']) || !isRecord(value['made']))
		throw new Error('no shape');
	const { periodMs, tracks } = value;
	if (typeof periodMs !== 'number' || !(periodMs > 0)) throw new Error('a shape has no period');
	const frames = (name: TrackName): readonly Frame[] => {
		const flat: unknown = tracks[name];
		if (!Array.isArray(flat) || flat.length % 2 !== 0) throw new Error(`track ${name} is odd`);
		const numbers = flat.map(Number);
		return Array.from({ length: numbers.length / 2 }, (_, i) => {
			const [atMs = NaN, size = NaN] = numbers.slice(2 * i, 2 * i + 2);
			if (!(atMs >= 0 && atMs < periodMs) || !Number.isInteger(size) || size === 0)
				throw new Error(`track ${name}: frame ${String(i)} is out of range`);
			return { atMs, isUp: size > 0, sizeBytes: Math.abs(size) };
		});
	};
	return {
		made: Object.fromEntries(
			Object.entries(value['made']).map(([key, text]) => [key, String(text)])
		),
		periodMs,
		tracks: { control: frames('control'), derp: frames('derp'), spare: frames('spare') }
	};
}

export const readShape = (): Shape => parseShape(readFileSync(SHAPE_FILE, 'utf8'));

/** A track as acts, in the order of their times. */
export function actsOf(frames: readonly Frame[]): readonly Act[] {
	const acts: { atMs: number; isUp: boolean; sizeBytes: number; answers: number[] }[] = [];
	for (const { atMs, isUp, sizeBytes } of frames) {
		const asked = isUp ? undefined : acts.findLast((act) => act.isUp);
		if (asked !== undefined && atMs - asked.atMs <= ANSWER_MS) asked.answers.push(sizeBytes);
		else acts.push({ atMs, isUp, sizeBytes, answers: [] });
	}
	return acts;
}
