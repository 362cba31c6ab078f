// A number in steps: its buttons stop at the ends, and keep the keyboard there.
import { flushSync, mount, unmount } from 'svelte';
import { expect, it } from 'vitest';
import Stepper from '$lib/ui/Stepper.svelte';

it('stops at its ends, where a button that was pressed stays the keyboard’s', () => {
	const props = $state({
		label: 'Text size',
		value: 31,
		unit: 'px',
		min: 8,
		max: 32,
		onchange: (value: number) => (props.value = value)
	});
	const stepper = mount(Stepper, { target: document.body, props });
	const more = document.querySelector<HTMLButtonElement>('[aria-label="Text size, more"]');
	more?.focus();
	more?.click();
	flushSync();
	expect(props.value).toBe(32);
	expect(more?.getAttribute('aria-disabled')).toBe('true');
	expect(more?.disabled).toBe(false);
	more?.click();
	flushSync();
	expect(props.value).toBe(32);
	expect(document.activeElement).toBe(more);
	void unmount(stepper);
});
