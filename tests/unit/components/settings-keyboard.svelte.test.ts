// Learning a key in the settings, where a pressed button takes no focus (Safari).
import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setAppClient, type AppClient } from '$lib/client/context';
import { Settings } from '$lib/client/settings/settings.svelte';
import SettingsKeyboard from '$lib/components/SettingsKeyboard.svelte';
import { AppDatabase } from '$lib/storage/db';
import { SettingsStore } from '$lib/storage/settings';

let settings: Settings;
let view: object;
beforeEach(async () => {
	settings = new Settings({
		storage: new SettingsStore(new AppDatabase(null)),
		createChannel: () => null
	});
	await settings.loaded;
	const page: Component = (internals) => {
		setAppClient({ settings } as unknown as AppClient);
		return SettingsKeyboard(internals, { isMac: false });
	};
	view = mount(page, { target: document.body, context: new Map() });
	flushSync();
});
afterEach(() => unmount(view));

function button(name: string | RegExp): HTMLButtonElement {
	const found = [...document.querySelectorAll('button')].find((one) => {
		const label = one.getAttribute('aria-label') ?? one.textContent.trim();
		return typeof name === 'string' ? label === name : name.test(label);
	});
	if (found === undefined) throw new Error(`no button ${String(name)}`);
	return found;
}

const pressKey = () => {
	document.querySelector('[data-learns-key]')?.dispatchEvent(
		new KeyboardEvent('keydown', {
			key: 'F',
			code: 'KeyF',
			ctrlKey: true,
			shiftKey: true,
			bubbles: true,
			cancelable: true
		})
	);
	flushSync();
};

/** As Safari does: the button gets no focus, what had it loses it to nothing. */
function clickAsSafari(target: HTMLButtonElement) {
	const learner = document.querySelector<HTMLButtonElement>('[data-learns-key]');
	const down = new MouseEvent('mousedown', { bubbles: true, cancelable: true });
	if (target.dispatchEvent(down)) learner?.dispatchEvent(new FocusEvent('blur'));
	flushSync();
	if (target.isConnected) target.click();
	flushSync();
}

it('uses a key that another action has once that was confirmed by a click', () => {
	button(/^New window, .*Change$/).click();
	flushSync();
	pressKey();
	expect(document.querySelector('[data-taken]')?.textContent).toContain('Find');
	clickAsSafari(button('Use it here'));
	expect(settings.values.keys).toMatchObject({ 'new-window': 'Mod+KeyF', find: null });
});

it('leaves all keys as they were when that is cancelled by a click', () => {
	button(/^New window, .*Change$/).click();
	flushSync();
	pressKey();
	clickAsSafari(button('Cancel'));
	expect(settings.values.keys).toEqual({});
	expect(document.querySelector('[data-learns-key]')).toBe(null);
});
