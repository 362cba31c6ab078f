// A value that follows another once the frame that shows its change is drawn: what a letter changes most
// is drawn first, the rest in the frames after. Window only; made in a component's init.

/** @param read what to follow @param pauseMs how long it must stand still, besides */
export function frameLater<T>(read: () => T, pauseMs = 0): { readonly value: T } {
	let value = $state.raw(read());
	$effect(() => {
		const next = read();
		let frame = 0;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const begin = () => {
			// The first may still belong to the frame that the change is drawn in. In a frame, not before it: a
			// key that comes in between makes the browser lay out all that has changed by then.
			frame = requestAnimationFrame(() => {
				frame = requestAnimationFrame(() => (value = next));
			});
		};
		if (pauseMs === 0) begin();
		else timer = setTimeout(begin, pauseMs);
		return () => {
			clearTimeout(timer);
			cancelAnimationFrame(frame);
		};
	});
	return {
		get value() {
			return value;
		}
	};
}
