// Runs in the page before the app does: a heartbeat that finds main-thread stalls, and the times of
// keys, received bytes and visible text. Self-contained, because Playwright sends it as source.

export interface PageProbe {
	/** Longest time in ms that a 4-ms timer was late since the last call; starts anew. */
	takeWorstStallMs(): number;
	/** performance.mark's time since navigation, once it is there. Not by polling, nor by Playwright's locators:
	 *  what they run in the page would be among its stalls. */
	mark(name: string): Promise<number>;
	/** Resolves once the list of that name has the text. */
	listed(list: string, text: string): Promise<void>;
	/** What was begun by one of the methods below; a key pressed before they have begun would be missed. */
	result(): Promise<number>;
	/** Ms from the next keydown until `data-received` of the region grows. */
	echo(region: string): void;
	/** The last echo's parts: key to the page's session and to the worker, from there back to the page's
	 *  session, from there to the end of the frame that shows it. Resolves when that frame has ended. */
	lastEcho(): Promise<EchoLegs>;
	/** Ms from the last key to the end of the frame in which a terminal drew after its echo had come. */
	lastPixel(): Promise<number>;
	/** Lengths of the frames of the next `ms`. */
	frames(ms: number): void;
	frameLengths(): Promise<readonly number[]>;
	/** Ms from the next keydown until the terminal's last visible line is `text`. Resolves when a key may come:
	 *  once the line is something else, as the log follows the screen a little later. */
	untilLastLine(region: string, text: string): Promise<void>;
	/** Resolves with performance.now() when `data-received` has reached `bytes`. */
	received(region: string, bytes: number): void;
	/** Ms from the last Enter until the next `headtab:prompt` mark; listens from the call on. */
	nextPrompt(): void;
}

export interface EchoLegs {
	readonly keyToWorkerMs: number;
	readonly workerToPageMs: number;
	readonly pageToFrameMs: number;
}

export function installProbe(): void {
	// The session's port as the page uses it: when input leaves and when output comes.
	let keyMs = Number.NaN;
	let sentMs = Number.NaN;
	let cameMs = Number.NaN;
	let framed = Promise.resolve(Number.NaN);
	let isDrawAwaited = false;
	let drawn: (ms: number) => void = () => undefined;
	let pixel = Promise.resolve(Number.NaN);
	// A terminal stands in for it while it draws.
	const nextFrame = window.requestAnimationFrame.bind(window);
	for (const name of ['drawArrays', 'drawElements', 'drawArraysInstanced', 'drawElementsInstanced'])
		watchDraws(name, () => {
			if (!isDrawAwaited) return;
			isDrawAwaited = false;
			nextFrame(() => drawn(performance.now()));
		});
	const kindOf = (message: unknown): unknown =>
		typeof message === 'object' && message !== null ? Reflect.get(message, 'kind') : null;
	const post = Reflect.get(MessagePort.prototype, 'postMessage');
	Object.defineProperty(MessagePort.prototype, 'postMessage', {
		configurable: true,
		value(this: MessagePort, message: unknown, transfer?: Transferable[]): void {
			if (kindOf(message) === 'ssh/input') sentMs = performance.now();
			Reflect.apply(post, this, [message, transfer ?? []]);
		}
	});
	const handler = Object.getOwnPropertyDescriptor(MessagePort.prototype, 'onmessage');
	Object.defineProperty(MessagePort.prototype, 'onmessage', {
		...handler,
		set(this: MessagePort, listener: ((event: MessageEvent) => void) | null): void {
			const listen = (event: MessageEvent): void => {
				if (kindOf(event.data) === 'ssh/data') {
					cameMs = performance.now();
					isDrawAwaited = true;
					pixel = new Promise((resolve) => (drawn = resolve));
					// The second frame begins when the first, which draws, has ended.
					framed = new Promise((resolve) => {
						requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())));
					});
				}
				listener?.(event);
			};
			handler?.set?.call(this, listener === null ? null : listen);
		}
	});
	window.addEventListener('keydown', (event) => (keyMs = event.timeStamp), { capture: true });

	let worstMs = 0;
	let last = performance.now();
	const beat = () => {
		const now = performance.now();
		worstMs = Math.max(worstMs, now - last - 4);
		last = now;
		setTimeout(beat, 4);
	};
	setTimeout(beat, 4);

	const regionOf = (name: string): HTMLElement => {
		const found = [...document.querySelectorAll<HTMLElement>('section[aria-label]')].filter(
			(element) =>
				element.getAttribute('aria-label') === name &&
				element.checkVisibility({ visibilityProperty: true })
		);
		const region = found.at(-1);
		if (region === undefined) throw new Error(`no region ${name}`);
		return region;
	};
	const bytesOf = (region: HTMLElement) => Number(region.dataset['received'] ?? '0');
	const nextKey = () =>
		new Promise<number>((resolve) => {
			window.addEventListener('keydown', (event) => resolve(event.timeStamp), {
				capture: true,
				once: true
			});
		});
	const until = (target: Node, isDone: () => boolean) =>
		new Promise<number>((resolve) => {
			const check = () => {
				if (!isDone()) return false;
				observer.disconnect();
				resolve(performance.now());
				return true;
			};
			const observer = new MutationObserver(check);
			if (!check()) {
				observer.observe(target, {
					attributes: true,
					childList: true,
					characterData: true,
					subtree: true
				});
			}
		});

	let pending = Promise.resolve(Number.NaN);
	let lengths: Promise<readonly number[]> = Promise.resolve([]);
	const begin = (measure: Promise<number>) => {
		// Whoever asks for the result learns of the failure.
		measure.catch(() => undefined);
		pending = measure;
	};
	const echo = async (name: string) => {
		const region = regionOf(name);
		const before = bytesOf(region);
		const pressedMs = await nextKey();
		return (await until(region, () => bytesOf(region) > before)) - pressedMs;
	};
	const untilLastLine = async (name: string, text: string) => {
		const log = regionOf(name).querySelector('[role=log]');
		if (log === null) throw new Error('no log: open with ?screenreader=1');
		const isThere = () => log.textContent.trimEnd().split('\n').at(-1)?.trim() === text;
		await until(log, () => !isThere());
		begin(nextKey().then(async (pressedMs) => (await until(log, isThere)) - pressedMs));
	};
	const mark = (name: string) =>
		new Promise<number>((resolve) => {
			const observer = new PerformanceObserver((entries) => {
				const [entry] = entries.getEntriesByName(name);
				if (entry === undefined) return;
				observer.disconnect();
				resolve(entry.startTime);
			});
			observer.observe({ type: 'mark', buffered: true });
		});
	const listed = async (list: string, text: string) => {
		const isListed = () =>
			document.querySelector(`ul[aria-label="${list}"]`)?.textContent.includes(text) === true;
		await until(document.body, isListed);
	};
	const received = async (name: string, bytes: number) => {
		const region = regionOf(name);
		return until(region, () => bytesOf(region) >= bytes);
	};
	const nextPrompt = () =>
		new Promise<number>((resolve) => {
			let enterMs = performance.now();
			window.addEventListener(
				'keydown',
				(event) => {
					if (event.key === 'Enter') enterMs = event.timeStamp;
				},
				{ capture: true }
			);
			const observer = new PerformanceObserver((list) => {
				const [mark] = list.getEntriesByName('headtab:prompt');
				if (mark === undefined) return;
				observer.disconnect();
				resolve(mark.startTime - enterMs);
			});
			observer.observe({ type: 'mark', buffered: false });
		});

	const probe: PageProbe = {
		mark,
		listed,
		result: () => pending,
		echo: (name) => begin(echo(name)),
		lastEcho: async () => {
			const [key, sent, came, frame] = [keyMs, sentMs, cameMs, await framed];
			return {
				keyToWorkerMs: sent - key,
				workerToPageMs: came - sent,
				pageToFrameMs: frame - came
			};
		},
		lastPixel: async () => {
			const key = keyMs;
			return (await pixel) - key;
		},
		frames: (ms) => {
			lengths = new Promise((resolve) => {
				const found: number[] = [];
				let before: number | null = null;
				const until = performance.now() + ms;
				const count = (time: number) => {
					if (before !== null) found.push(time - before);
					before = time;
					if (time < until) nextFrame(count);
					else resolve(found);
				};
				nextFrame(count);
			});
		},
		frameLengths: () => lengths,
		untilLastLine,
		received: (name, bytes) => begin(received(name, bytes)),
		nextPrompt: () => begin(nextPrompt()),
		takeWorstStallMs: () => {
			const taken = worstMs;
			worstMs = 0;
			last = performance.now();
			return taken;
		}
	};
	Object.assign(window, { headtabProbe: probe });

	function watchDraws(name: string, onDraw: () => void): void {
		const draw: unknown = Reflect.get(WebGL2RenderingContext.prototype, name);
		if (typeof draw !== 'function') return;
		Object.defineProperty(WebGL2RenderingContext.prototype, name, {
			configurable: true,
			value(this: WebGL2RenderingContext, ...args: unknown[]): unknown {
				onDraw();
				return Reflect.apply(draw, this, args);
			}
		});
	}
}
