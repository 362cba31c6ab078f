// The terminal's self-hosted faces: text at once, symbols, CJK and emoji when the first one is to be
// drawn, ligatures when the person wants them. Window only; one for a document, shared by its terminals.
import { AppError } from '$lib/contracts/app-error';
import type { ResttyFontBufferInput } from 'restty/internal/runtime';
import { withLineHeight } from './line-height';
import { localFaces } from './local-fonts';
import type { FontLook } from './look';

const STYLES = [
	['regular', 400, 'normal'],
	['bold', 700, 'normal'],
	['italic', 400, 'italic'],
	['bold-italic', 700, 'italic']
] as const;

/** Faces for what the text faces do not have. restty tells them apart by their names: symbols are fitted
 *  into cells, CJK spans two, and emoji of Twemoji are painted by the browser in its font of that name. */
const EXTRAS = {
	symbols: { file: 'symbols-nerd-font', name: 'Symbols Nerd Font' },
	signs: { file: 'signs-fallback', name: 'Headtab Signs' },
	cjk: { file: 'cjk-fallback', name: 'Headtab CJK' },
	emoji: { file: 'twemoji', name: 'Headtab Twemoji' }
} as const;
export type ExtraFace = keyof typeof EXTRAS;

const PATTERNS: Readonly<Record<ExtraFace, RegExp>> = {
	/** Private use. */
	symbols: /[\ue000-\uf8ff]|[\udb80-\udbff][\udc00-\udfff]/,
	/** Signs and dingbats, but the few that prompts and tests are full of, which the text faces have. */
	signs: /(?![✓✗➜❮❯❱⚠⚡♥])[\u2190-\u21ff\u2600-\u27bf\u2900-\u2bff]/,
	/** Hangul, kana, ideographs and their punctuation, full and half width. */
	cjk: /[\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]/,
	/** Keycaps (U+20E3) are emoji, too. */
	emoji: /\p{Emoji_Presentation}|\ufe0f|\u20e3/u
};
export const EXTRA_FACES: readonly ExtraFace[] = ['symbols', 'signs', 'cjk', 'emoji'];
/** Nothing below is in any of them: most output needs one look. */
const ANY_EXTRA = /[\u20e3\u1100-\u11ff\u2190-\uffff]/;

/** @returns the faces that a text needs beside the text faces */
export const extraFaces = (text: string): readonly ExtraFace[] =>
	ANY_EXTRA.test(text) ? EXTRA_FACES.filter((face) => PATTERNS[face].test(text)) : [];

/** Faces kept with another height: those of a few text sizes. */
const TALL_MAX = 32;

/** Files are fetched once for all terminals; restty shares what it parses by the buffer's identity. */
export class TerminalFonts {
	readonly #files = new Map<string, Promise<ArrayBuffer>>();
	readonly #tall = new Map<string, ArrayBuffer>();
	readonly #met = new Set<ExtraFace>();
	readonly #document: Document;

	constructor(document: Document) {
		this.#document = document;
	}

	/** What `load` has besides text now: a terminal that starts later takes it from the start. */
	get met(): ReadonlySet<ExtraFace> {
		return new Set(this.#met);
	}

	/** @throws AppError `server-unreachable` */
	async load(look: FontLook): Promise<ResttyFontBufferInput[]> {
		const [local, ligatures, text, extras] = await Promise.all([
			look.localFamily === null ? [] : localFaces(look.localFamily).catch(() => []),
			look.hasLigatures ? this.#styles('jetbrains-mono', 'Headtab Ligatures', look) : [],
			this.#styles('headtab-mono', 'Headtab Mono', look),
			Promise.all([...this.#met].map((face) => this.#extra(face)))
		]);
		// The first that has a character draws it; size and height are the first one's.
		const own = local.map((face) => ({
			...face,
			data: this.#tallFace(
				`local ${face.name ?? ''} ${String(face.data.byteLength)}`,
				face.data,
				look
			)
		}));
		return [...own, ...ligatures, ...text, ...extras];
	}

	/** Fetches a face that `load` has from then on. @throws AppError `server-unreachable` */
	async meet(face: ExtraFace): Promise<void> {
		await this.#extra(face);
		this.#met.add(face);
	}

	#styles(file: string, name: string, look: FontLook): Promise<ResttyFontBufferInput[]> {
		return Promise.all(
			STYLES.map(async ([part, weight, style]) => {
				const path = `${file}-${part}`;
				const data = this.#tallFace(path, await this.#file(path), look);
				const words = `${weight >= 600 ? 'Bold' : 'Regular'}${style === 'italic' ? ' Italic' : ''}`;
				return { data, name: `${name} ${words}`, weight, style };
			})
		);
	}

	/** The same buffer for the same look: restty shares what it has parsed of it. */
	#tallFace(name: string, face: ArrayBuffer, look: FontLook): ArrayBuffer {
		const px = Math.max(1, Math.round(look.fontSizePx * devicePixelRatio));
		const key = `${name} ${String(look.lineHeightPercent)} ${String(px)}`;
		const known = this.#tall.get(key);
		if (known !== undefined) return known;
		if (this.#tall.size >= TALL_MAX) this.#tall.clear();
		const tall = withLineHeight(face, look.lineHeightPercent / 100, px);
		this.#tall.set(key, tall);
		return tall;
	}

	async #extra(face: ExtraFace): Promise<ResttyFontBufferInput> {
		const { file, name } = EXTRAS[face];
		const data = await this.#file(file);
		if (face === 'emoji' && !this.#met.has(face)) {
			// The browser paints them: it needs the face under the name that restty asks for.
			const painted = new FontFace(name, data.slice(0));
			await painted.load();
			this.#document.fonts.add(painted);
		}
		return { data, name, weight: 400 };
	}

	#file(file: string): Promise<ArrayBuffer> {
		let data = this.#files.get(file);
		if (data === undefined) {
			data = fetchFont(file);
			this.#files.set(file, data);
			// A failed download is tried again by the next one who asks.
			data.catch(() => this.#files.delete(file));
		}
		return data;
	}
}

async function fetchFont(file: string): Promise<ArrayBuffer> {
	try {
		const response = await fetch(`/fonts/${file}.ttf`);
		if (!response.ok) throw new Error(`HTTP ${response.status}`);
		return await response.arrayBuffer();
	} catch (cause) {
		throw AppError.of('server-unreachable', { origin: location.origin }, { cause });
	}
}
