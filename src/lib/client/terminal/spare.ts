// The next terminal's engine, made ahead while nobody waits: restty's code, faces, core and shaders are
// loaded and a first frame with the common glyphs is drawn, out of sight. One for a document; window only.
// The layout prepares the first while the node joins, each terminal that takes one the next.
import { AppError } from '$lib/contracts/app-error';
import { afterTimers } from '../next-task';
import { Engine } from './engine';
import type { Look } from './look';

/** A terminal that was just opened has the processor for itself first. */
const PAUSE_MS = 1_500;
/** Chromium keeps 16 GPU contexts and takes the oldest away for one more. */
const ENGINES_MAX = 8;

/** Printable ASCII, in pieces: drawing all of it for the first time takes longer than a frame. */
const GLYPHS = [0x20, 0x30, 0x40, 0x50, 0x60, 0x70].map((from) =>
	Array.from({ length: from === 0x70 ? 15 : 16 }, (_, i) => String.fromCharCode(from + i)).join('')
);
/** An empty screen, which starts the programs and reads the faces; every such character in each of the four
 *  faces, a frame for each piece; then a screen as new. */
const REHEARSALS = [
	'',
	...['0', '1', '3', '1;3'].flatMap((style) =>
		GLYPHS.map((glyphs) => `\x1b[${style}m${glyphs}\r\n`)
	),
	'\x1bc'
];

const spares = new WeakMap<Document, SpareEngine>();

export class SpareEngine {
	readonly #document: Document;
	#ready: {
		readonly engine: Engine;
		readonly host: HTMLElement;
	} | null = null;
	#isMaking = false;

	private constructor(document: Document) {
		this.#document = document;
	}

	static of(document: Document): SpareEngine {
		let spare = spares.get(document);
		if (spare === undefined) spares.set(document, (spare = new SpareEngine(document)));
		return spare;
	}

	/** Moves the spare into `element`. @returns null when there is none */
	take(element: HTMLElement, look: Look): Engine | null {
		const spare = this.#ready;
		this.#ready = null;
		if (spare === null) return null;
		const { engine, host } = spare;
		if (engine.isGood) {
			element.append(engine.box);
			engine.setLook(look);
		} else engine.dispose();
		host.remove();
		return engine.isGood ? engine : null;
	}

	/** Makes one when the window has time. @param pauseMs nothing is begun before
	 *  @param like the next terminal will be as large: a canvas that must be made larger waits for the GPU */
	prepare(look: Look, pauseMs = PAUSE_MS, like: HTMLElement | null = null): void {
		if (this.#isMaking || this.#ready !== null) return;
		if (this.#document.querySelectorAll('.headtab-terminal').length >= ENGINES_MAX) return;
		this.#isMaking = true;
		setTimeout(() => {
			whenIdle(() => {
				void this.#make(look, like);
			});
		}, pauseMs);
	}

	async #make(look: Look, like: HTMLElement | null): Promise<void> {
		const host = this.#document.createElement('div');
		host.className = 'headtab-terminal-spare';
		host.inert = true;
		if (like !== null && like.clientWidth > 0 && like.clientHeight > 0) {
			host.style.width = `${like.clientWidth}px`;
			host.style.height = `${like.clientHeight}px`;
		}
		this.#document.body.append(host);
		try {
			const engine = await Engine.make(host, look);
			for (const text of REHEARSALS) {
				await engine.rehearse(text);
				// After a long frame the next one begins at once.
				await afterTimers();
			}
			this.#ready = { engine, host };
		} catch (cause) {
			host.remove();
			// The terminal that is opened says what is wrong; a spare one has nobody to tell.
			if (!(cause instanceof AppError)) throw cause;
		} finally {
			this.#isMaking = false;
		}
	}
}

function whenIdle(run: () => void): void {
	// Safari has no idle callbacks.
	if ('requestIdleCallback' in globalThis) requestIdleCallback(run, { timeout: 5_000 });
	else setTimeout(run, 50);
}
