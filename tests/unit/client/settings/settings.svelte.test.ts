// Changing several settings at once and taking it back; own keys one by one.
import { describe, expect, it } from 'vitest';
import { Settings } from '$lib/client/settings/settings.svelte';
import { AppDatabase } from '$lib/storage/db';
import { SettingsStore } from '$lib/storage/settings';
import { settle } from '../fakes';

async function setup() {
	const storage = new SettingsStore(new AppDatabase(null));
	const settings = new Settings({ storage, createChannel: () => null });
	await settle();
	return { settings, storage };
}

describe('Settings', () => {
	it('takes back all that came at once, and nothing else', async () => {
		const { settings, storage } = await setup();
		await settings.set({ fontSizePx: 20 });
		expect(settings.canUndo).toBe(false);
		await settings.replace({ colorScheme: 'dark', keys: { 'new-tab': 'F9' } });
		await settings.set({ fontSizePx: 12 });
		expect(settings.canUndo).toBe(true);
		await settings.undo();
		expect(await storage.load()).toMatchObject({ colorScheme: 'system', keys: {}, fontSizePx: 12 });
		expect(settings.canUndo).toBe(false);
	});

	it('shows the last of two quick changes throughout', async () => {
		const { settings } = await setup();
		const first = settings.set({ fontSizePx: 20 });
		const second = settings.set({ fontSizePx: 12 });
		await first;
		expect(settings.values.fontSizePx).toBe(12);
		await second;
		expect(settings.values.fontSizePx).toBe(12);
	});

	it('has nothing to take back once it is kept', async () => {
		const { settings } = await setup();
		await settings.replace({ colorScheme: 'dark' });
		settings.keep();
		await settings.undo();
		expect(settings.values.colorScheme).toBe('dark');
	});

	it('gives an action a key, none, and its usual one', async () => {
		const { settings } = await setup();
		await settings.setKeys({ 'new-tab': 'F9', copy: null });
		expect(settings.values.keys).toEqual({ 'new-tab': 'F9', copy: null });
		await settings.setKeys({ 'new-tab': undefined });
		expect(settings.values.keys).toEqual({ copy: null });
	});
});
