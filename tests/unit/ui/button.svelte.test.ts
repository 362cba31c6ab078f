// A button that is busy: still the keyboard's, but deaf.
import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';
import Button from '$lib/ui/Button.svelte';

it('keeps the keyboard while it is busy, and takes no clicks', () => {
	const onclick = vi.fn();
	const children = createRawSnippet(() => ({ render: () => '<span>Run again</span>' }));
	const props = $state({ isBusy: false, onclick, children });
	const button = mount(Button, { target: document.body, props });
	const element = document.querySelector('button');
	const click = () => new MouseEvent('click', { bubbles: true, cancelable: true });
	element?.focus();
	expect(element?.dispatchEvent(click())).toBe(true);
	expect(onclick).toHaveBeenCalledOnce();

	props.isBusy = true;
	flushSync();
	expect(document.activeElement).toBe(element);
	expect(element?.disabled).toBe(false);
	expect(element?.getAttribute('aria-disabled')).toBe('true');
	// Prevented: it submits no form either.
	expect(element?.dispatchEvent(click())).toBe(false);
	expect(onclick).toHaveBeenCalledOnce();
	void unmount(button);
});
