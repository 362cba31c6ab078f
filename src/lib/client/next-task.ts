/** A window that nobody sees has no frames. */
const FRAME_MAX_MS = 100;

/** After the next frame: what has just been built is seen, and what is due by then has its turn. Window only. */
export function afterFrame(): Promise<void> {
	return new Promise((resolve) => {
		const timer = setTimeout(() => {
			cancelAnimationFrame(frame);
			resolve();
		}, FRAME_MAX_MS);
		const frame = requestAnimationFrame(() => {
			clearTimeout(timer);
			void afterTimers().then(resolve);
		});
	});
}

/** After the timers that are due: a message, or a timer without a delay, would overtake them. Window only. */
export function afterTimers(): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, 1));
}

/** The next task of the page, before a frame or timers that are due. Window only. */
export function nextTask(): Promise<void> {
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}
