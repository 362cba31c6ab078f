// The keyboard when what had it goes away.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isKeyboardFree, watchFocus } from '$lib/ui/focus';

describe('watchFocus', () => {
	let box: HTMLElement;
	let onLost: ReturnType<typeof vi.fn<() => void>>;
	let stop: () => void;
	const button = (into: HTMLElement = box) => {
		const made = document.createElement('button');
		into.append(made);
		return made;
	};
	/** Observers have been told. */
	const told = () => new Promise((resolve) => setImmediate(resolve));

	beforeEach(() => {
		box = document.createElement('div');
		document.body.append(box);
		onLost = vi.fn<() => void>();
		stop = watchFocus(box, onLost);
	});
	afterEach(() => {
		stop();
		document.body.replaceChildren();
	});

	it('tells when the button that had it goes away, or what holds the button', async () => {
		for (const gone of [
			() => button(),
			() => {
				const note = document.createElement('div');
				box.append(note);
				button(note);
				return note;
			}
		]) {
			onLost.mockClear();
			const made = gone();
			(made.querySelector('button') ?? made).focus();
			made.remove();
			await told();
			expect(onLost).toHaveBeenCalledOnce();
		}
	});

	it('tells when it is disabled, which takes the keyboard from it', async () => {
		const made = button();
		made.focus();
		made.disabled = true;
		await told();
		expect(onLost).toHaveBeenCalledOnce();
	});

	it('says nothing of what had no keyboard, gave it on, or was followed by another', async () => {
		const [first, second, third] = [button(), button(), button()];
		first.remove();
		await told();
		second.focus();
		third.focus();
		second.remove();
		await told();
		// A field that takes the keyboard as it comes, where the button was.
		const field = document.createElement('input');
		third.replaceWith(field);
		field.focus();
		await told();
		expect(onLost).not.toHaveBeenCalled();
	});

	it('says nothing once it has been stopped', async () => {
		const made = button();
		made.focus();
		stop();
		made.remove();
		await told();
		expect(onLost).not.toHaveBeenCalled();
	});
});

describe('isKeyboardFree', () => {
	afterEach(() => {
		document.body.replaceChildren();
	});

	it('is true where nobody has it, inside the element, and where it is out of view', () => {
		const make = (html: string) => {
			document.body.innerHTML = html;
			return document.querySelector<HTMLElement>('#area') ?? document.body;
		};
		const area = make('<div id="area"><button>a</button></div><header><button>b</button></header>');
		expect(isKeyboardFree(area)).toBe(true);
		area.querySelector('button')?.focus();
		expect(isKeyboardFree(area)).toBe(true);
		const other = document.querySelector<HTMLElement>('header button');
		other?.focus();
		expect(isKeyboardFree(area)).toBe(false);
		other?.parentElement?.setAttribute('inert', '');
		expect(isKeyboardFree(area)).toBe(true);
	});
});
