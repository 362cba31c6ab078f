// What the pointer's listeners leave to restty and to the keys after them, over restty's real core.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '$lib/client/terminal/engine';
import { OwnSelection } from '$lib/client/terminal/own-selection';
import { listenForPointer } from '$lib/client/terminal/pointer';
import { RowCount } from '$lib/client/terminal/scrollback';
import { Wheel } from '$lib/client/terminal/wheel';
import { headless, numbered } from './headless';

async function setup() {
	const core = await headless(20, 5);
	core.write(numbered(1, 30));
	const box = document.createElement('div');
	const canvas = document.createElement('canvas');
	canvas.width = 200;
	canvas.height = 50;
	canvas.getBoundingClientRect = () => new DOMRect(100, 100, 200, 50);
	const thumb = document.createElement('div');
	thumb.className = 'restty-native-scroll-thumb';
	box.append(canvas, thumb);
	box.setPointerCapture = vi.fn();
	document.body.append(box);
	const interaction = {
		focus: () => undefined,
		getMouseStatus: () => ({ active: false }),
		selectWordAtClientPoint: () => false
	};
	const engine = { box, screen: box, core, runtime: { interaction }, resttySelection: () => null };
	const selection = new OwnSelection({
		core: () => core,
		rows: new RowCount(),
		onChange: () => undefined
	});
	const pressed: string[] = [];
	const wheel = new Wheel({
		hasMouse: () => false,
		cellHeight: () => 10,
		press: (key, times) => pressed.push(`${key} ${String(times)}`)
	});
	listenForPointer({
		engine: engine as unknown as Engine,
		isMac: false,
		signal: new AbortController().signal,
		wheel,
		grid: () => ({ cols: 20, rows: 5, width: 10, height: 10 }),
		isCopyOnSelect: () => false,
		selection,
		copy: () => undefined,
		clearSelection: () => undefined,
		endResttySelection: () => undefined,
		onPressed: () => undefined,
		onLink: () => undefined,
		paste: () => undefined,
		pasteFromClipboard: () => undefined,
		cursorPoint: () => ({ x: 0, y: 0 }),
		onMenu: () => undefined,
		openLink: () => undefined
	});
	/** What restty hears there. */
	const heard: string[] = [];
	for (const kind of ['pointerdown', 'pointermove', 'pointerup', 'wheel'])
		for (const part of [canvas, thumb]) part.addEventListener(kind, () => heard.push(kind));
	const point = (part: Element, kind: string, col: number, row: number) =>
		part.dispatchEvent(
			new PointerEvent(kind, {
				bubbles: true,
				cancelable: true,
				pointerId: 1,
				buttons: 1,
				clientX: 105 + col * 10,
				clientY: 105 + row * 10
			})
		);
	const turn = (deltaY: number) =>
		canvas.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, deltaY }));
	return { canvas, thumb, selection, wheel, pressed, heard, point, turn };
}

describe('the pointer', () => {
	afterEach(() => {
		document.body.replaceChildren();
	});

	it('ends a wheel that sent cursor keys, so that what is reported later is no repetition', async () => {
		const { wheel, pressed, heard, turn } = await setup();
		wheel.setAlternate(true);
		turn(30);
		expect(pressed).toEqual(['ArrowDown 3']);
		expect(heard).toEqual([]);
		for (let time = 0; time < 2; time += 1) expect(wheel.isRepeated('\u001b[<0;1;1M')).toBe(false);
	});

	it('ends a wheel that restty has heard of', async () => {
		const { wheel, heard, turn } = await setup();
		turn(30);
		expect(heard).toEqual(['wheel']);
		for (let time = 0; time < 2; time += 1) expect(wheel.isRepeated('\u001b[<0;1;1M')).toBe(false);
	});

	it('scrolls by restty’s scrollbar, and what is selected stays', async () => {
		const { canvas, thumb, selection, heard, point } = await setup();
		point(canvas, 'pointerdown', 5, 1);
		point(canvas, 'pointermove', 3, 2);
		point(canvas, 'pointerup', 3, 2);
		expect(selection.text()).toBe('28\nline');
		heard.length = 0;
		point(thumb, 'pointerdown', 19, 4);
		point(thumb, 'pointermove', 19, 0);
		point(thumb, 'pointerup', 19, 0);
		expect(heard).toEqual(['pointerdown', 'pointermove', 'pointerup']);
		expect(selection.text()).toBe('28\nline');
		point(canvas, 'pointerdown', 5, 1);
		expect(selection.isActive).toBe(false);
	});
});
