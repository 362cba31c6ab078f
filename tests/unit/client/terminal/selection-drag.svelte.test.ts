// Dragging a selection: over restty's real core, with a box of 20 × 5 cells of 10 × 10 px.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '$lib/client/terminal/engine';
import { OwnSelection } from '$lib/client/terminal/own-selection';
import { RowCount } from '$lib/client/terminal/scrollback';
import { listenForDrag, type DragKind } from '$lib/client/terminal/selection-drag';
import { headless, numbered } from './headless';

async function setup(kind: DragKind | null = 'block') {
	const core = await headless(20, 5);
	core.write(numbered(1, 30));
	const box = document.createElement('div');
	const canvas = document.createElement('canvas');
	canvas.width = 200;
	canvas.height = 50;
	canvas.getBoundingClientRect = () => new DOMRect(100, 100, 200, 50);
	box.append(canvas);
	box.setPointerCapture = vi.fn();
	document.body.append(box);
	const focus = vi.fn();
	const engine = {
		box,
		screen: box,
		core,
		runtime: { interaction: { focus } },
		scrollBy: (rows: number) => {
			core.moveView(rows);
		}
	};
	const selection = new OwnSelection({
		core: () => core,
		rows: new RowCount(),
		onChange: () => undefined
	});
	const ends = { onBegin: vi.fn(), onEnd: vi.fn() };
	/** What restty hears. */
	const heard: string[] = [];
	const stop = new AbortController();
	listenForDrag({
		engine: engine as unknown as Engine,
		selection,
		signal: stop.signal,
		grid: () => ({ cols: 20, rows: 5, width: 10, height: 10 }),
		kindOf: () => kind,
		// Each word is `line` or a number behind it.
		wordAt: ({ clientX, clientY }) => {
			const row = Math.floor((clientY - 100) / 10);
			const isNumber = clientX >= 150;
			return {
				from: { row, col: isNumber ? 5 : 0 },
				to: { row, col: isNumber ? 6 : 3 }
			};
		},
		...ends
	});
	for (const kind of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'])
		canvas.addEventListener(kind, () => heard.push(kind));
	const point = (kind: string, col: number, row: number, init: PointerEventInit = {}) =>
		canvas.dispatchEvent(
			new PointerEvent(kind, {
				bubbles: true,
				cancelable: true,
				pointerId: 1,
				buttons: 1,
				clientX: 105 + col * 10,
				clientY: 105 + row * 10,
				...init
			})
		);
	return { core, selection, point, heard, focus, stop, ...ends };
}

describe('a drag', () => {
	beforeEach(() => {
		vi.useFakeTimers();
	});
	afterEach(() => {
		vi.useRealTimers();
		document.body.replaceChildren();
	});

	it('selects from where it began, and restty hears nothing of it', async () => {
		const { selection, point, heard, focus, onBegin, onEnd } = await setup();
		point('pointerdown', 6, 2);
		expect(onBegin).toHaveBeenCalledOnce();
		expect(focus).toHaveBeenCalledOnce();
		point('pointermove', 5, 1);
		expect(selection.text()).toBe('28\n29');
		point('pointermove', 30, 3);
		point('pointerup', 30, 3);
		expect(selection.inView()).toMatchObject([
			{ row: 2, startCol: 6, endCol: 19 },
			{ row: 3, startCol: 6, endCol: 19 }
		]);
		expect(onEnd).toHaveBeenCalledOnce();
		expect(heard).toEqual([]);
		point('pointermove', 0, 0);
		expect(heard).toEqual(['pointermove']);
	});

	it('is none of a press that does not move, and of one that is not meant so', async () => {
		const { selection, point } = await setup();
		point('pointerdown', 6, 2);
		point('pointermove', 6, 2);
		point('pointerup', 6, 2);
		expect(selection.isActive).toBe(false);
		const other = await setup(null);
		other.point('pointerdown', 6, 2);
		other.point('pointermove', 1, 1);
		expect(other.selection.isActive).toBe(false);
		expect(other.heard).toEqual(['pointerdown', 'pointermove']);
	});

	it('scrolls while it is above or below, to the end of what there is', async () => {
		const { core, selection, point } = await setup();
		point('pointerdown', 0, 1);
		point('pointermove', 6, -1);
		vi.advanceTimersByTime(3 * 50);
		expect(core.grid().offset).toBe(23);
		expect(selection.text().split('\n')).toEqual([
			'line 24',
			'line 25',
			'line 26',
			'line 27',
			'line 28'
		]);
		vi.advanceTimersByTime(100 * 50);
		expect(selection.text().split('\n')).toHaveLength(28);
		point('pointermove', 6, 2);
		vi.advanceTimersByTime(10 * 50);
		expect(core.grid().offset).toBe(0);
		point('pointermove', 6, 5);
		vi.advanceTimersByTime(10 * 50);
		expect(core.grid().offset).toBe(10);
		point('pointerup', 6, 5);
		vi.advanceTimersByTime(10 * 50);
		expect(core.grid().offset).toBe(10);
	});

	it('of text begins where the pointer leaves the cell: restty hears of the press, not of the drag', async () => {
		const { selection, point, heard, onBegin, onEnd } = await setup('flow');
		point('pointerdown', 5, 1);
		expect(onBegin).not.toHaveBeenCalled();
		point('pointermove', 5, 1);
		expect(selection.isActive).toBe(false);
		point('pointermove', 2, 2);
		expect(selection.needsRows).toBe(true);
		expect(onBegin).toHaveBeenCalledOnce();
		expect(selection.text()).toBe('28\nlin');
		point('pointermove', 19, 0);
		expect(selection.text()).toBe('\nline 2');
		point('pointerup', 19, 0);
		expect(onEnd).toHaveBeenCalledOnce();
		expect(heard).toEqual(['pointerdown', 'pointercancel']);
		point('pointermove', 0, 0, { buttons: 0 });
		expect(selection.text()).toBe('\nline 2');
	});

	it('of text leaves a click to restty, and ends when the button was let go elsewhere', async () => {
		const { selection, point, heard, onEnd } = await setup('flow');
		point('pointerdown', 5, 1);
		expect(selection.needsRows).toBe(true);
		point('pointerup', 5, 1);
		expect(selection.needsRows).toBe(false);
		expect(heard).toEqual(['pointerdown', 'pointerup']);
		point('pointerdown', 5, 1);
		point('pointermove', 5, 2, { buttons: 0 });
		expect(selection.isActive).toBe(false);
		expect(onEnd).not.toHaveBeenCalled();
	});

	it('of text after two clicks takes words, after three lines, either way', async () => {
		const { selection, point, core } = await setup('flow');
		const click = () => {
			point('pointerdown', 6, 1);
			point('pointerup', 6, 1);
		};
		click();
		point('pointerdown', 6, 1);
		point('pointermove', 2, 2);
		expect(selection.text()).toBe('28\nline');
		point('pointermove', 5, 0);
		expect(selection.text()).toBe('27\nline 28');
		point('pointerup', 5, 0);
		// Another place begins anew.
		point('pointerdown', 2, 3);
		point('pointermove', 3, 3);
		expect(selection.text()).toBe('ne');
		point('pointerup', 3, 3);
		core.write(`\r\n${'x'.repeat(30)}\r\nlast`);
		click();
		click();
		point('pointerdown', 6, 1);
		point('pointermove', 2, 3);
		expect(selection.text()).toBe(
			core.grid().read(core.grid().offset + 1, 0, core.grid().offset + 3, 19)
		);
	});

	it('of text goes on by a press with Shift, at the nearer end', async () => {
		const { selection, point, heard } = await setup('flow');
		const press = (col: number, row: number, shiftKey = false) => {
			point('pointerdown', col, row, { shiftKey });
			point('pointerup', col, row, { shiftKey });
		};
		press(0, 0, true);
		expect(selection.isActive).toBe(false);
		point('pointerdown', 5, 1);
		point('pointermove', 3, 2);
		point('pointerup', 3, 2);
		heard.length = 0;
		press(3, 3, true);
		expect(selection.text()).toBe('28\nline 29\nline');
		press(5, 0, true);
		expect(selection.text()).toBe('27\nline 28\nline 29\nline');
		point('pointerdown', 3, 1, { shiftKey: true });
		point('pointermove', 3, 2, { shiftKey: true });
		point('pointerup', 3, 2, { shiftKey: true });
		expect(selection.text()).toBe('27\nline 28\nline');
		expect(heard).toEqual([]);
	});

	it('of text stays where it began while output scrolls', async () => {
		const { core, selection, point } = await setup('flow');
		point('pointerdown', 0, 1);
		point('pointermove', 6, 1);
		core.write(numbered(31, 32));
		expect(selection.text()).toBe('line 28');
		point('pointermove', 6, 2);
		expect(selection.text()).toBe(numbered(28, 31).replaceAll('\r', '').trimEnd());
	});

	it('scrolls no more once its terminal is gone', async () => {
		const { core, point, stop } = await setup();
		point('pointerdown', 0, 1);
		point('pointermove', 6, -1);
		stop.abort();
		vi.advanceTimersByTime(10 * 50);
		expect(core.grid().offset).toBe(26);
	});
});
