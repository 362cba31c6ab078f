// A terminal without a session, to judge looks by: an engine like any other, fed with a sample. Window
// only; the settings show one.
import './terminal.css';
import { RESIZE_DEBOUNCE_MS } from '$lib/contracts/limits';
import { sharedRestty } from './core';
import { Engine } from './engine';
import { onSchemeChange, readTheme } from './theme';

export class TerminalPreview {
	readonly #element: HTMLElement;
	#engine: Engine | null = null;
	#fontSizePx: number;
	#isDisposed = false;
	readonly #stops: (() => void)[] = [];

	/** @param element an empty box with a size, whose `--term-*` tokens are the colours */
	constructor(element: HTMLElement, fontSizePx: number) {
		this.#element = element;
		this.#fontSizePx = fontSizePx;
	}

	/** Draws the sample. @throws AppError as `Engine.make` */
	async start(sample: string): Promise<void> {
		const { fonts } = sharedRestty(this.#element.ownerDocument);
		const engine = await Engine.make(this.#element, this.#fontSizePx);
		if (this.#isOver()) {
			engine.dispose();
			return;
		}
		this.#engine = engine;
		engine.take(this.#element, 'Preview', {
			send: () => true,
			resized: () => undefined,
			failed: () => {
				this.dispose();
			},
			key: () => undefined
		});
		engine.fit();
		engine.write(sample);
		let timer: ReturnType<typeof setTimeout> | undefined;
		const observer = new ResizeObserver(() => {
			clearTimeout(timer);
			timer = setTimeout(() => {
				engine.fit();
			}, RESIZE_DEBOUNCE_MS);
		});
		observer.observe(this.#element);
		const colors = new MutationObserver(() => {
			this.#recolor();
		});
		colors.observe(this.#element, { attributes: true, attributeFilter: ['style'] });
		this.#stops.push(
			() => {
				clearTimeout(timer);
				observer.disconnect();
				colors.disconnect();
			},
			onSchemeChange(this.#element, () => {
				this.#recolor();
			})
		);
		await engine.runtime.terminal.setFonts(await fonts.loadWithSymbols());
		if (!this.#isOver()) engine.changed();
	}

	setFontSize(px: number): void {
		this.#fontSizePx = px;
		this.#engine?.runtime.terminal.setFontSize(px);
		this.#engine?.changed();
	}

	dispose(): void {
		this.#isDisposed = true;
		for (const stop of this.#stops.splice(0)) stop();
		this.#engine?.dispose();
		this.#engine = null;
	}

	/** Asked anew after each wait. */
	#isOver(): boolean {
		return this.#isDisposed;
	}

	#recolor(): void {
		this.#engine?.runtime.terminal.applyTheme(readTheme(this.#element));
		this.#engine?.changed();
	}
}
