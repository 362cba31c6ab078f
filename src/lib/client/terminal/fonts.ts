// The terminal's self-hosted faces: text at once, symbols when the first one is to be drawn.
// Window only; one for a document, shared by its terminals.
import { AppError } from '$lib/contracts/app-error';
import type { ResttyFontBufferInput } from 'restty/internal/runtime';

const TEXT_FACES = [
	['headtab-mono-regular', 400, 'normal'],
	['headtab-mono-bold', 700, 'normal'],
	['headtab-mono-italic', 400, 'italic'],
	['headtab-mono-bold-italic', 700, 'italic']
] as const;

/** Private-use characters: what the symbols face is for. */
const SYMBOLS = /[\ue000-\uf8ff]|[\udb80-\udbff][\udc00-\udfff]/;

/** @returns whether a text needs the symbols face */
export const needsSymbols = (text: string): boolean => SYMBOLS.test(text);

/** Files are fetched once for all terminals; restty shares what it parses by the buffer's identity. */
export class TerminalFonts {
	#text: Promise<ResttyFontBufferInput[]> | null = null;
	#symbols: Promise<ResttyFontBufferInput> | null = null;
	#hasSymbols = false;

	/** A terminal that starts later takes them from the start. */
	get hasSymbols(): boolean {
		return this.#hasSymbols;
	}

	async load(): Promise<ResttyFontBufferInput[]> {
		this.#text ??= Promise.all(
			TEXT_FACES.map(async ([file, weight, style]) => ({
				data: await fetchFont(file),
				name: `Headtab Mono ${weight >= 600 ? 'Bold' : 'Regular'}${style === 'italic' ? ' Italic' : ''}`,
				weight,
				style
			}))
		).catch((cause: unknown) => {
			this.#text = null;
			throw cause;
		});
		const faces = await this.#text;
		return this.#hasSymbols && this.#symbols !== null ? [...faces, await this.#symbols] : faces;
	}

	async loadWithSymbols(): Promise<ResttyFontBufferInput[]> {
		this.#symbols ??= fetchFont('symbols-nerd-font')
			.then((data) => ({ data, name: 'Symbols Nerd Font', weight: 400 }))
			.catch((cause: unknown) => {
				this.#symbols = null;
				throw cause;
			});
		await this.#symbols;
		this.#hasSymbols = true;
		return this.load();
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
