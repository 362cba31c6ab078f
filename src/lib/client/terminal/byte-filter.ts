// What of a machine's output may reach the terminal: one linear, chunk-safe filter (SECURITY 5).
// Window only; terminal.ts has one for each session. Everything that is not known to be harmless is
// dropped; titles, folders, notes and clipboard writes become events and never reach restty.
import { OSC52_MAX_BYTES, OSC_MAX_BYTES } from '$lib/contracts/limits';
import { cursorCode } from './cursor';
import { otherKeysOf, type OtherKeysEvent } from './encode-other';
import { cleanText, safeLink } from './text';

/** An unterminated string is given up after this much: what follows is text again. */
const RESYNC_BYTES = 1024 * 1024;
/** Longer than any control sequence that a terminal knows. */
const CSI_MAX_BYTES = 256;
const ESCAPE_MAX_BYTES = 8;
/** Scheme under which restty knows a link, so that it never opens one by itself (it takes http only). */
export const LINK_SCHEME = 'headtab-link:';

const NOTE_MAX_CHARS = 256;
const PATH_MAX_CHARS = 1024;

export type CommandMark = 'A' | 'B' | 'C' | 'D';

/** What the output says besides text. */
export type FilterEvent =
	/** OSC 0 and 2, cleaned; empty when the program takes its title back. */
	| { readonly kind: 'title'; readonly title: string }
	/** OSC 7: the shell's folder. */
	| { readonly kind: 'cwd'; readonly path: string }
	/** OSC 9 and 777, cleaned. */
	| { readonly kind: 'note'; readonly title: string; readonly body: string }
	/** OSC 133: A prompt, B input, C output, D done (with its status). */
	| { readonly kind: 'mark'; readonly mark: CommandMark; readonly status: number | null }
	/** OSC 52 write; whether it may is not decided here. */
	| { readonly kind: 'clipboard'; readonly text: string }
	/** OSC 52 that is never allowed: it asks for the clipboard, or is too large. */
	| { readonly kind: 'clipboard-refused'; readonly why: 'read' | 'size' }
	| { readonly kind: 'bell' }
	/** DECSCUSR 0 to 6, or a full reset (0): the cursor's style, which whoever hears it gives the core. */
	| { readonly kind: 'cursor'; readonly code: number }
	/** OSC 104: these colours of the palette, or all of them, are the theme's again. The core goes back to its own. */
	| { readonly kind: 'palette-reset'; readonly indices: readonly number[] | null }
	/** Bracketed paste on or off (DEC 2004, or a full reset). */
	| { readonly kind: 'bracketed-paste'; readonly isOn: boolean }
	/** The program hears of the keyboard's coming and going (DEC 1004). */
	| { readonly kind: 'focus-reports'; readonly isOn: boolean }
	/** The alternate screen is in view (DEC 47, 1047, 1049). */
	| { readonly kind: 'alternate-screen'; readonly isOn: boolean }
	/** The wheel sends cursor keys there (DEC 1007); on unless a program ends it. */
	| { readonly kind: 'alternate-wheel'; readonly isOn: boolean }
	/** Cursor keys or keypad send application sequences (DECCKM, DECKPAM), or do so no more. */
	| { readonly kind: 'app-keys'; readonly of: 'cursor' | 'keypad'; readonly isOn: boolean }
	/** xterm's modifyOtherKeys; off after any reset. */
	| OtherKeysEvent;

export interface FilterSink {
	/** Text and harmless sequences, for the terminal's core. A view: copy it to keep it. */
	output(bytes: Uint8Array): void;
	/** One whole sequence that restty's input side has to know, too: a private mode, a size query. */
	mode(sequence: string): void;
	event(event: FilterEvent): void;
}

export interface FilterOptions {
	/** Links to this origin are refused: a machine must not lead back into the app. */
	readonly ownOrigin: string;
}

/** `string-escape`: ESC inside a string, its terminator's first half or the end of one that was cut. */
type State =
	| 'ground'
	| 'escape'
	| 'csi'
	| 'csi-drop'
	| 'string'
	| 'string-escape'
	| 'string-drop'
	| 'string-drop-escape';

const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;
const ESC = 0x1b;
const DEL = 0x7f;
const OSC = 0x5d;
const DCS = 0x50;

/** Private modes that restty's input side keeps: mouse, alternate screen, paste, sync. */
const TRACKED_MODES = new Set([
	9, 47, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026
]);
/** Of them, those that restty's input side keeps to itself: the core, which answers DECRQM, must know them, too. */
const CORE_UNAWARE_MODES = new Set([9, 1000, 1002, 1003, 1005, 1006, 1015, 1016, 2004]);
/** Modes that a full reset has to end on restty's input side, which does not see it. */
const RESET_MODES = '9;1000;1002;1003;1005;1006;1015;1016;1049;2004;2026'.split(';');

/** Colour OSCs that the core may have: set, ask (answered by a fixed grammar) and reset. */
const COLOR_CODES = new Set([
	'4',
	'10',
	'11',
	'12',
	'17',
	'19',
	'104',
	'110',
	'111',
	'112',
	'117',
	'119'
]);

/** What a soft reset (DECSTR) ends, which restty's core (0.3.0) does not know: protection, insert mode, keys of
 *  applications, margins, renditions, character sets. The cursor stays. */
const SOFT_RESET =
	'\x1b[?25h\x1b[4l\x1b[?1l\x1b>\x1b[?7h\x1b[?69l\x1b[0"q\x1b[0m\x1b(B\x1b)B\x0f\x1b7\x1b[r\x1b8';

/** Ends what a shell that is gone left switched on; what it wrote stays. Keys of the kitty protocol are kept for each
 *  screen, so theirs go once the main screen is back: more than its stack holds, which empties it. */
export const NEW_SHELL =
	RESET_MODES.map((mode) => `\x1b[?${mode}l`).join('') +
	'\x1b[<9u\x1b[?5l\x1b[?1004l\x1b[?1007h\x1b[!p';

/** CSI … t that asks for a size: area, cell, cells. All other window operations are dropped. */
const SIZE_QUERY = /^(14|16|18)$/;

export class ByteFilter {
	readonly #sink: FilterSink;
	readonly #ownOrigin: string;
	#state: State = 'ground';
	/** Bytes of the sequence under way, without what introduced it. */
	#held = new Uint8Array(1024);
	#heldLength = 0;
	/** OSC, DCS, …: what introduced the string. */
	#introducer = 0;
	#droppedBytes = 0;
	/** The last byte of a chunk was C2: half of a C1 control, or of a letter. */
	#hasLeadC2 = false;
	/** DECOM is on: ending it moves the cursor. */
	#hasOrigin = false;

	constructor(sink: FilterSink, options: FilterOptions) {
		this.#sink = sink;
		this.#ownOrigin = options.ownOrigin;
	}

	/** Takes the next bytes, cut anywhere. */
	push(bytes: Uint8Array): void {
		let at = 0;
		while (at < bytes.length) {
			at = this.#state === 'ground' ? this.#ground(bytes, at) : this.#step(bytes, at);
		}
	}

	/** Forgets a sequence under way: a new shell begins. */
	reset(): void {
		this.#state = 'ground';
		this.#heldLength = 0;
		this.#hasLeadC2 = false;
	}

	/** Text up to the next ESC; runs go on as views, without a copy. */
	#ground(bytes: Uint8Array, from: number): number {
		let start = from;
		let at = from;
		const flush = (end: number) => {
			if (end > start) this.#sink.output(bytes.subarray(start, end));
		};
		if (this.#hasLeadC2) {
			this.#hasLeadC2 = false;
			if (isC1Tail(bytes[at])) return at + 1;
			this.#sink.output(isLetterTail(bytes[at]) ? LEAD_C2 : REPLACEMENT);
		}
		for (; at < bytes.length; at += 1) {
			const byte = bytes[at] ?? 0;
			if (byte >= 0x20 && byte !== DEL && byte !== 0xc2) continue;
			if (byte === 0xc2) {
				if (at + 1 === bytes.length) {
					flush(at);
					this.#hasLeadC2 = true;
					return at + 1;
				}
				if (isLetterTail(bytes[at + 1])) continue;
				flush(at);
				// Alone it would join with what comes after a sequence that is dropped, and be a C1 control.
				if (isC1Tail(bytes[at + 1])) at += 1;
				else this.#sink.output(REPLACEMENT);
				start = at + 1;
				continue;
			}
			if (byte === ESC) {
				const end = harmlessEnd(bytes, at);
				if (end > at) {
					at = end;
					continue;
				}
				flush(at);
				this.#state = 'escape';
				this.#heldLength = 0;
				return at + 1;
			}
			// HT, LF, VT, FF, CR, BS, SO and SI belong to text; ENQ would be answered.
			if (byte >= 0x08 && byte <= 0x0f) continue;
			flush(at);
			start = at + 1;
			if (byte === BEL) this.#sink.event({ kind: 'bell' });
		}
		flush(at);
		return at;
	}

	#step(bytes: Uint8Array, at: number): number {
		const byte = bytes[at] ?? 0;
		switch (this.#state) {
			case 'escape':
				this.#escape(byte);
				return byte >= 0x80 ? at : at + 1;
			case 'csi':
			case 'csi-drop':
				this.#csi(byte);
				return byte >= 0x80 ? at : at + 1;
			case 'string':
			case 'string-drop':
				return this.#string(bytes, at);
			case 'string-escape':
			case 'string-drop-escape':
				this.#stringEscape(byte);
				return byte === 0x5c ? at + 1 : at;
			case 'ground':
				return at;
		}
	}

	#escape(byte: number): void {
		if (byte >= 0x80 || byte === CAN || byte === SUB) {
			this.#state = 'ground';
			return;
		}
		if (byte === ESC) {
			this.#heldLength = 0;
			return;
		}
		if (byte < 0x20 || byte === DEL) {
			this.#control(byte);
			return;
		}
		if (this.#heldLength === 0) {
			switch (byte) {
				case 0x5b:
					this.#state = 'csi';
					return;
				case OSC:
				case DCS:
				case 0x58: // SOS
				case 0x5e: // PM
				case 0x5f: // APC
					this.#introducer = byte;
					this.#droppedBytes = 0;
					// Of DCS only requests are short enough to be kept; SOS, PM and APC say nothing to us.
					this.#state = byte === OSC || byte === DCS ? 'string' : 'string-drop';
					return;
			}
		}
		if (byte <= 0x2f) {
			if (this.#heldLength < ESCAPE_MAX_BYTES) this.#hold(byte);
			return;
		}
		const intermediates = this.#text();
		this.#state = 'ground';
		// ESC % selects another encoding than UTF-8; ESC \ ends a string that is not there.
		if (intermediates.startsWith('%') || (intermediates === '' && byte === 0x5c)) return;
		if (this.#heldLength === ESCAPE_MAX_BYTES) return;
		this.#emit(`\x1b${intermediates}${String.fromCharCode(byte)}`);
		if (intermediates !== '') return;
		if (byte === 0x63) this.#fullReset();
		else if (byte === 0x3d || byte === 0x3e) this.#appKeys('keypad', byte === 0x3d);
	}

	#csi(byte: number): void {
		if (byte >= 0x80 || byte === CAN || byte === SUB) {
			this.#state = 'ground';
			return;
		}
		if (byte === ESC) {
			this.#state = 'escape';
			this.#heldLength = 0;
			return;
		}
		if (byte < 0x20 || byte === DEL) {
			this.#control(byte);
			return;
		}
		if (byte < 0x40) {
			if (this.#heldLength === CSI_MAX_BYTES) this.#state = 'csi-drop';
			else this.#hold(byte);
			return;
		}
		const isDropped = this.#state === 'csi-drop';
		this.#state = 'ground';
		if (!isDropped) this.#controlSequence(this.#text(), String.fromCharCode(byte));
	}

	/** @param params parameter and intermediate bytes */
	#controlSequence(params: string, final: string): void {
		switch (final) {
			case 'h':
			case 'l':
				if (params.startsWith('?')) {
					this.#privateModes(params.slice(1), final);
					return;
				}
				break;
			case 't':
				// Window operations move, resize and report the title, which the far end has chosen.
				if (SIZE_QUERY.test(params)) this.#sink.mode(`\x1b[${params}t`);
				return;
			case 'T':
				// CSI > … T changes how titles are set and reported.
				if (params.startsWith('>')) return;
				break;
			case 'i':
				// Printing.
				return;
			case 'm':
			case 'n': {
				const asked = otherKeysOf(params, final);
				if (asked === null) break;
				if (asked !== 'none') this.#sink.event(asked);
				return;
			}
			case 'q': {
				if (!params.endsWith(' ')) break;
				const code = cursorCode(params);
				if (code !== null) this.#sink.event({ kind: 'cursor', code });
				return;
			}
			case 'g':
				// restty's core (0.3.0) takes no default here.
				this.#emit(`\x1b[${params === '' ? '0' : params}g`);
				return;
			case 'p':
				if (params !== '!') break;
				this.#usualKeys();
				this.#emit(SOFT_RESET + (this.#hasOrigin ? '\x1b[?6l' : ''));
				this.#hasOrigin = false;
				return;
		}
		this.#emit(`\x1b[${params}${final}`);
	}

	/** One sequence for each mode: restty drops a whole list when it handles one of it. */
	#privateModes(params: string, final: 'h' | 'l'): void {
		if (!/^[0-9;]*$/.test(params)) return;
		for (const code of params.split(';')) {
			const mode = Number(code);
			if (code === '' || mode > 99_999) continue;
			const sequence = `\x1b[?${mode}${final}`;
			if (TRACKED_MODES.has(mode)) this.#sink.mode(sequence);
			if (!TRACKED_MODES.has(mode) || CORE_UNAWARE_MODES.has(mode)) this.#emit(sequence);
			if (mode === 6) this.#hasOrigin = final === 'h';
			this.#tellMode(mode, final === 'h');
		}
	}

	#tellMode(mode: number, isOn: boolean): void {
		switch (mode) {
			case 1:
				this.#appKeys('cursor', isOn);
				return;
			case 66:
				this.#appKeys('keypad', isOn);
				return;
			case 47:
			case 1047:
			case 1049:
				this.#sink.event({ kind: 'alternate-screen', isOn });
				return;
			case 1004:
				this.#sink.event({ kind: 'focus-reports', isOn });
				return;
			case 1007:
				this.#sink.event({ kind: 'alternate-wheel', isOn });
				return;
			case 2004:
				this.#sink.event({ kind: 'bracketed-paste', isOn });
				return;
		}
	}

	#fullReset(): void {
		this.#hasOrigin = false;
		for (const mode of RESET_MODES) this.#sink.mode(`\x1b[?${mode}l`);
		for (const mode of [1004, 1049, 2004]) this.#tellMode(mode, false);
		this.#tellMode(1007, true);
		this.#usualKeys();
		this.#sink.event({ kind: 'title', title: '' });
		this.#sink.event({ kind: 'cursor', code: 0 });
	}

	#usualKeys(): void {
		this.#appKeys('cursor', false);
		this.#appKeys('keypad', false);
		this.#sink.event({ kind: 'other-keys', level: 0 });
	}

	#appKeys(of: 'cursor' | 'keypad', isOn: boolean): void {
		this.#sink.event({ kind: 'app-keys', of, isOn });
	}

	/** A run of a string's bytes, up to what ends it. */
	#string(bytes: Uint8Array, from: number): number {
		const isOsc = this.#introducer === OSC;
		const isKept = this.#state === 'string';
		let at = from;
		while (at < bytes.length) {
			const byte = bytes[at] ?? 0;
			if (byte === ESC || byte === CAN || byte === SUB || (byte === BEL && isOsc)) break;
			at += 1;
		}
		// Never past the point where an unterminated string is given up.
		const end = Math.min(at, from + (RESYNC_BYTES - this.#droppedBytes));
		this.#droppedBytes += end - from;
		if (isKept && !this.#holdRun(bytes, from, end)) {
			this.#state = 'string-drop';
			this.#heldLength = 0;
		}
		if (this.#droppedBytes >= RESYNC_BYTES) {
			this.#state = 'ground';
			this.#heldLength = 0;
			return end;
		}
		if (end === bytes.length) return end;
		const byte = bytes[end] ?? 0;
		if (byte === ESC) {
			this.#state = this.#state === 'string' ? 'string-escape' : 'string-drop-escape';
		} else {
			const isWhole = byte === BEL && this.#state === 'string';
			this.#state = 'ground';
			if (isWhole) this.#stringEnded();
		}
		return end + 1;
	}

	#stringEscape(byte: number): void {
		const isWhole = this.#state === 'string-escape' && byte === 0x5c;
		if (byte !== 0x5c) {
			// Cut short by another sequence: that one begins here.
			this.#state = 'escape';
			this.#heldLength = 0;
			return;
		}
		this.#state = 'ground';
		if (isWhole) this.#stringEnded();
	}

	#stringEnded(): void {
		const content = this.#held.subarray(0, this.#heldLength);
		this.#heldLength = 0;
		if (this.#introducer === DCS) {
			// DECRQSS: the core answers with its own state, or "invalid".
			const request = latin1(content);
			if (/^\$q[ -~]{1,4}$/.test(request)) this.#emit(`\x1bP${request}\x1b\\`);
			return;
		}
		this.#operatingSystemCommand(content);
	}

	#operatingSystemCommand(content: Uint8Array): void {
		const separator = content.indexOf(0x3b);
		const code = latin1(separator < 0 ? content : content.subarray(0, separator));
		const rest = separator < 0 ? new Uint8Array(0) : content.subarray(separator + 1);
		switch (code) {
			case '0':
			case '2':
				this.#sink.event({ kind: 'title', title: cleanText(utf8(rest)) });
				return;
			case '7':
				this.#workingFolder(utf8(rest));
				return;
			case '8':
				this.#link(utf8(rest));
				return;
			case '9': {
				const body = utf8(rest);
				// 9;4 is progress, other numbers are ConEmu's.
				if (!/^\d+(;|$)/.test(body)) this.#note('', body);
				return;
			}
			case '777': {
				const [verb, title = '', ...body] = utf8(rest).split(';');
				if (verb === 'notify') this.#note(title, body.join(';'));
				return;
			}
			case '52':
				this.#clipboard(latin1(rest));
				return;
			case '133':
				this.#promptMark(latin1(rest));
				return;
		}
		const text = latin1(rest);
		if (COLOR_CODES.has(code) && /^[ -~]{0,1024}$/.test(text))
			this.#emit(separator < 0 ? `\x1b]${code}\x1b\\` : `\x1b]${code};${text}\x1b\\`);
		if (code === '104' && /^[0-9;]{0,1024}$/.test(text)) {
			const indices = text === '' ? null : text.split(';').filter(Boolean).map(Number);
			this.#sink.event({ kind: 'palette-reset', indices });
		}
	}

	#workingFolder(uri: string): void {
		if (!URL.canParse(uri)) return;
		const url = new URL(uri);
		if (url.protocol !== 'file:') return;
		const path = decodePath(url.pathname);
		if (path !== null) this.#sink.event({ kind: 'cwd', path: cleanText(path, PATH_MAX_CHARS) });
	}

	#link(text: string): void {
		const separator = text.indexOf(';');
		const uri = separator < 0 ? '' : text.slice(separator + 1);
		const link = uri === '' ? null : safeLink(uri, this.#ownOrigin);
		if (link === null) {
			this.#emit('\x1b]8;;\x1b\\');
			return;
		}
		const id = /(?:^|:)id=([\w.-]{1,64})(?:$|:)/.exec(text.slice(0, separator))?.[1];
		this.#emit(`\x1b]8;${id === undefined ? '' : `id=${id}`};${LINK_SCHEME}${link}\x1b\\`);
	}

	#note(title: string, body: string): void {
		this.#sink.event({
			kind: 'note',
			title: cleanText(title),
			body: cleanText(body, NOTE_MAX_CHARS)
		});
	}

	/** Reading (`?`) is never answered; what is written is an event that somebody has to allow. */
	#clipboard(text: string): void {
		if (/^[a-z0-7]{0,16};\?$/.test(text)) {
			this.#sink.event({ kind: 'clipboard-refused', why: 'read' });
			return;
		}
		// Padding is optional and may be wrong, which `atob` would throw at.
		const payload = /^[a-z0-7]{0,16};([A-Za-z0-9+/]+)={0,2}$/.exec(text)?.[1];
		if (payload === undefined || payload.length % 4 === 1) return;
		const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
		this.#sink.event({ kind: 'clipboard', text: utf8(bytes) });
	}

	#promptMark(text: string): void {
		const mark = /^[ABCD](?=;|$)/.exec(text)?.[0];
		if (mark !== 'A' && mark !== 'B' && mark !== 'C' && mark !== 'D') return;
		const status = /^D;(-?\d{1,10})/.exec(text)?.[1];
		this.#sink.event({ kind: 'mark', mark, status: status === undefined ? null : Number(status) });
		// fish tells the whole command line, of any length, which the core has no use for.
		const options = /^.;[ -~]{0,256}$/.test(text) ? text.slice(1) : '';
		this.#emit(`\x1b]133;${mark}${options}\x1b\\`);
	}

	/** C0 controls act in the middle of a sequence, too; BEL rings, NUL, ENQ and DEL do nothing. */
	#control(byte: number): void {
		if (byte === BEL) this.#sink.event({ kind: 'bell' });
		else if (byte >= 0x08 && byte <= 0x0f) this.#sink.output(Uint8Array.of(byte));
	}

	#emit(sequence: string): void {
		this.#sink.output(encoder.encode(sequence));
	}

	#hold(byte: number): void {
		if (this.#heldLength === this.#held.length) this.#grow(this.#heldLength + 1);
		this.#held[this.#heldLength] = byte;
		this.#heldLength += 1;
	}

	/** @returns false when the string is longer than its kind may be and is of no use */
	#holdRun(bytes: Uint8Array, from: number, end: number): boolean {
		const length = this.#heldLength + (end - from);
		if (length > OSC_MAX_BYTES) {
			const head =
				latin1(this.#held.subarray(0, Math.min(4, this.#heldLength))) +
				latin1(bytes.subarray(from, Math.min(end, from + 4)));
			if (this.#introducer !== OSC) return false;
			// A prompt mark counts by its letter: the rest of what a shell tells with it is left out.
			if (head.startsWith('133;'))
				return this.#holdRun(bytes, from, from + OSC_MAX_BYTES - this.#heldLength);
			if (!head.startsWith('52;')) return false;
			if (length > OSC52_MAX_BYTES) {
				this.#sink.event({ kind: 'clipboard-refused', why: 'size' });
				return false;
			}
		}
		if (length > this.#held.length) this.#grow(length);
		this.#held.set(bytes.subarray(from, end), this.#heldLength);
		this.#heldLength = length;
		return true;
	}

	#grow(length: number): void {
		const held = new Uint8Array(Math.max(length, this.#held.length * 2));
		held.set(this.#held.subarray(0, this.#heldLength));
		this.#held = held;
	}

	#text(): string {
		return latin1(this.#held.subarray(0, this.#heldLength));
	}
}

/** Finals of control sequences that have to be looked into: tabs, modes, window operations, printing, soft reset, cursor.
 *  `m` and `n` only with a `>` or `?`: colours are most of what there is. */
const LOOKED_INTO = new Set(
	['g', 'h', 'l', 't', 'T', 'i', 'p', 'q'].map((final) => final.charCodeAt(0))
);

/** Where a whole control sequence ends that passes as it is, so that colours do not cut a run.
 *  @returns index of its final byte; `at` when there is none */
function harmlessEnd(bytes: Uint8Array, at: number): number {
	if (bytes[at + 1] !== 0x5b) return at;
	const last = Math.min(bytes.length, at + CSI_MAX_BYTES);
	for (let end = at + 2; end < last; end += 1) {
		const byte = bytes[end] ?? 0;
		if (byte >= 0x20 && byte < 0x40) continue;
		const isPrivate = bytes[at + 2] === 0x3e || bytes[at + 2] === 0x3f;
		if (isPrivate && (byte === 0x6d || byte === 0x6e)) return at;
		return byte >= 0x40 && byte < DEL && !LOOKED_INTO.has(byte) ? end : at;
	}
	return at;
}

const encoder = new TextEncoder();
const LEAD_C2 = Uint8Array.of(0xc2);
/** What a decoder shows for half a letter. */
const REPLACEMENT = encoder.encode('\ufffd');
const isC1Tail = (byte: number | undefined): boolean =>
	byte !== undefined && byte >= 0x80 && byte <= 0x9f;
const isLetterTail = (byte: number | undefined): boolean =>
	byte !== undefined && byte >= 0xa0 && byte <= 0xbf;

/** Bytes as characters of the same number; not for text. */
function latin1(bytes: Uint8Array): string {
	let text = '';
	for (let at = 0; at < bytes.length; at += 8192) {
		text += String.fromCharCode(...bytes.subarray(at, at + 8192));
	}
	return text;
}

/** One whole string of the far end; damage becomes U+FFFD. */
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function decodePath(path: string): string | null {
	try {
		return decodeURIComponent(path);
	} catch (cause) {
		if (cause instanceof URIError) return null;
		throw cause;
	}
}
