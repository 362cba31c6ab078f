// The bounded memory of a session's last output.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replay } from '$lib/client/terminal/replay';

const MAX = 100_000;
const joined = (replay: Replay) => Buffer.concat([...replay.all]);

describe('the replay', () => {
	it('holds the end of all that was kept, in its order', () => {
		const piece = fc.uint8Array({ minLength: 0, maxLength: 70_000, size: 'max' });
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
				const replay = new Replay(MAX);
				for (const bytes of pieces) replay.keep(bytes);
				const all = Buffer.concat(pieces);
				expect(joined(replay).equals(all.subarray(Math.max(0, all.length - MAX)))).toBe(true);
				expect(replay.sizeBytes).toBe(Math.min(all.length, MAX));
			}),
			{ numRuns: 30 }
		);
	});

	it('does not remember a single echo by an object of its own', () => {
		const replay = new Replay(MAX);
		for (let at = 0; at < 200_000; at += 1) replay.keep(Uint8Array.of(at % 256));
		expect(replay.all.length).toBeLessThan(6);
		expect(replay.sizeBytes).toBe(MAX);
	});

	it('knows the modes of before: of what was forgotten, not of what is still there', () => {
		const replay = new Replay(MAX);
		const write = (text: string, ...modes: readonly string[]) => {
			replay.keep(new TextEncoder().encode(text));
			for (const mode of modes) replay.note(mode);
		};
		write('vim', '\x1b[?1049h', '\x1b[?1000h', '\x1b[?2004h', '\x1b[18t');
		expect(replay.modes).toBe('');
		write('x', '\x1b[?1000l');
		replay.keep(new Uint8Array(MAX - 2));
		// The piece that switched them on is cut, what follows is whole.
		expect(replay.modes).toBe('\x1b[?1049h\x1b[?1000h\x1b[?2004h');
		replay.keep(new Uint8Array(3));
		expect(replay.modes).toBe('\x1b[?1049h\x1b[?2004h');
		write('', '\x1b[?1049l');
		replay.clear();
		expect(replay.modes).toBe('\x1b[?2004h');
	});

	it('takes the three switches of the other screen for one, and keeps the order of the rest', () => {
		const replay = new Replay(MAX);
		replay.keep(Uint8Array.of(1));
		for (const mode of ['47h', '1015h', '1006h', '1015h', '1049l']) replay.note(`\x1b[?${mode}`);
		replay.clear();
		expect(replay.modes).toBe('\x1b[?1006h\x1b[?1015h');
	});

	it('keeps no list of what a hostile program switches', () => {
		const replay = new Replay(MAX);
		replay.keep(Uint8Array.of(1));
		for (let at = 0; at < 100_000; at += 1) replay.note(`\x1b[?1000${at % 2 === 0 ? 'h' : 'l'}`);
		replay.note('\x1b[?1000h');
		replay.clear();
		expect(replay.modes).toBe('\x1b[?1000h');
	});

	it('can be cut to its end, and cleared', () => {
		const replay = new Replay(MAX);
		replay.keep(Uint8Array.from({ length: 90_000 }, (_, at) => at % 251));
		replay.trim(10);
		expect([...joined(replay)]).toEqual(Array.from({ length: 10 }, (_, at) => (89_990 + at) % 251));
		replay.clear();
		expect(joined(replay)).toHaveLength(0);
		replay.keep(Uint8Array.of(7));
		expect([...joined(replay)]).toEqual([7]);
	});
});
