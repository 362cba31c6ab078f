// Fingers on a terminal: which of them pans, and when it does no more.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForTouch } from '$lib/client/terminal/touch';

function setup() {
	const box = document.createElement('div');
	document.body.append(box);
	const pan = vi.fn((_deltaY: number) => true);
	const clearSelection = vi.fn();
	const stop = new AbortController();
	listenForTouch(box, {
		signal: stop.signal,
		selectWordAt: () => false,
		hasSelection: () => false,
		clearSelection,
		onSelected: () => undefined,
		pan
	});
	const finger = (pointerId: number) => (kind: string, clientY: number) =>
		box.dispatchEvent(
			new PointerEvent(kind, {
				bubbles: true,
				cancelable: true,
				pointerType: 'touch',
				isPrimary: pointerId === 1,
				pointerId,
				clientX: 100,
				clientY
			})
		);
	return { first: finger(1), second: finger(2), pan, clearSelection };
}

describe('a finger', () => {
	afterEach(() => {
		document.body.replaceChildren();
	});

	it('pans from where it has left its place', () => {
		const { first, pan, clearSelection } = setup();
		first('pointerdown', 300);
		first('pointermove', 295);
		expect(pan).not.toHaveBeenCalled();
		first('pointermove', 270);
		first('pointermove', 260);
		expect(pan.mock.calls).toEqual([[30], [10]]);
		first('pointerup', 260);
		expect(clearSelection).not.toHaveBeenCalled();
	});

	it('pans no more once a second one is there: the two pinch, and neither taps', () => {
		const { first, second, pan, clearSelection } = setup();
		first('pointerdown', 300);
		first('pointermove', 270);
		pan.mockClear();
		second('pointerdown', 400);
		first('pointermove', 200);
		second('pointermove', 500);
		second('pointerup', 500);
		first('pointermove', 100);
		first('pointerup', 100);
		expect(pan).not.toHaveBeenCalled();
		expect(clearSelection).not.toHaveBeenCalled();
		first('pointerdown', 300);
		first('pointermove', 270);
		expect(pan).toHaveBeenCalledOnce();
	});
});
