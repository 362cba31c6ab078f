// A terminal without a session, to judge looks by: an engine like any other, fed with a sample. Window
// only; the settings show one.
import './terminal.css';
import { RESIZE_DEBOUNCE_MS } from '$lib/contracts/limits';
import { Engine } from './engine';
import type { Look } from './look';
import { onSchemeChange, readTheme } from './theme';

export class TerminalPreview {
	readonly #element: HTMLElement;
	#engine: Engine | null = null;
	#look: Look;
	#isDisposed = false;
	readonly #stops: (() => void)[] = [];

	/** @param element an empty box with a size, whose `--term-*` tokens are the colours */
	constructor(element: HTMLElement, look: Look) {
		this.#element = element;
		this.#look = look;
	}

	/** Draws the sample. @throws AppError as `Engine.make` */
	async start(sample: string): Promise<void> {
		const engine = await Engine.make(this.#element, this.#look);
		if (this.#isOver()) {
			engine.dispose();
			return;
		}
		this.#engine = engine;
		// It may have changed meanwhile.
		engine.setLook(this.#look);
		engine.take(this.#element, 'Preview', {
			send: () => true,
			resized: () => undefined,
			failed: () => {
				this.dispose();
			},
			key: () => undefined,
			drawn: () => undefined
		});
		// It is inert, but its cursor is the one of a terminal with the keyboard.
		engine.screen.querySelector('canvas')?.dispatchEvent(new FocusEvent('focus'));
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
		colors.observe(this.#element, {
			attributes: true,
			attributeFilter: ['style', 'class', 'data-term-scheme']
		});
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
	}

	setLook(look: Look): void {
		this.#look = look;
		this.#engine?.setLook(look);
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
