// The wheel on the alternate screen, and for a program that has the mouse; its reports.
import { describe, expect, it } from 'vitest';
import { isMouseReport, reportBytes } from '$lib/client/terminal/mouse-report';
import { Wheel } from '$lib/client/terminal/wheel';

function setup(hasMouse = false) {
	const pressed: string[] = [];
	const wheel = new Wheel({
		hasMouse: () => hasMouse,
		cellHeight: () => 20,
		press: (key, times) => pressed.push(`${key} ${String(times)}`)
	});
	const turn = (deltaY: number, more: Partial<WheelEvent> = {}) => {
		const event = { deltaY, deltaMode: 0, shiftKey: false, ctrlKey: false, ...more };
		const isDone = wheel.begin(event as WheelEvent);
		wheel.end();
		return isDone;
	};
	return { wheel, turn, pressed };
}

describe('Wheel', () => {
	it('scrolls where there is a scrollback', () => {
		const { turn, pressed } = setup();
		expect(turn(100)).toBe(false);
		expect(pressed).toEqual([]);
	});

	it('sends cursor keys on the alternate screen: three a notch, one for each line of a touchpad', () => {
		const { wheel, turn, pressed } = setup();
		wheel.setAlternate(true);
		expect(turn(120)).toBe(true);
		expect(turn(-120)).toBe(true);
		expect(pressed).toEqual(['ArrowDown 3', 'ArrowUp 3']);
		for (let at = 0; at < 5; at += 1) expect(turn(8)).toBe(true);
		expect(pressed.slice(2)).toEqual(['ArrowDown 1', 'ArrowDown 1']);
		turn(1, { deltaMode: 1 });
		expect(pressed.at(-1)).toBe('ArrowDown 1');
		wheel.setAlternate(false);
		expect(turn(120)).toBe(false);
	});

	it('leaves it to a program that has the mouse, to Shift, and to one that wants no keys', () => {
		const { wheel, turn, pressed } = setup();
		wheel.setAlternate(true);
		expect(turn(120, { shiftKey: true })).toBe(false);
		wheel.setSendsKeys(false);
		expect(turn(120)).toBe(false);
		const taken = setup(true);
		taken.wheel.setAlternate(true);
		expect(taken.turn(120)).toBe(false);
		expect([...pressed, ...taken.pressed]).toEqual([]);
	});

	it('lets one report of an event through, and all of others', () => {
		const { wheel } = setup(true);
		wheel.begin({ deltaY: 120, shiftKey: false } as WheelEvent);
		expect(wheel.isRepeated('up')).toBe(false);
		expect(wheel.isRepeated('up')).toBe(true);
		expect(wheel.isRepeated('left')).toBe(false);
		wheel.end();
		expect(wheel.isRepeated('up')).toBe(false);
		expect(wheel.isRepeated('up')).toBe(false);
	});

	it('awaits no end of an event that sent cursor keys: nobody would tell it', () => {
		const { wheel } = setup();
		wheel.setAlternate(true);
		expect(wheel.begin({ deltaY: 120, deltaMode: 0 } as WheelEvent)).toBe(true);
		expect(wheel.isRepeated('up')).toBe(false);
		expect(wheel.isRepeated('up')).toBe(false);
	});
});

describe('reports of the pointer', () => {
	it.each(['\u001b[<35;3;11M', '\u001b[<0;3;11m', '\u001b[M !!', '\u001b[32;3;11M'])(
		'are told from keys: %j',
		(report) => {
			expect(isMouseReport(report)).toBe(true);
		}
	);

	it.each(['M', '\u001b[A', '\u001b[1;2A', '\u001b[27;5;9~', '\u001b[77;5u', '\u001b'])(
		'%j is a key',
		(key) => {
			expect(isMouseReport(key)).toBe(false);
		}
	);

	it('are one byte a number in the oldest format, and characters in the others', () => {
		const far = '\u001b[M \u00e7\u00ff';
		expect([...reportBytes(far, 'x10')]).toEqual([0x1b, 0x5b, 0x4d, 0x20, 0xe7, 0xff]);
		expect([...reportBytes(far, 'utf8')]).toEqual([0x1b, 0x5b, 0x4d, 0x20, 0xc3, 0xa7, 0xc3, 0xbf]);
		expect(new TextDecoder().decode(reportBytes('\u001b[<0;200;3M', 'sgr'))).toBe(
			'\u001b[<0;200;3M'
		);
	});
});
