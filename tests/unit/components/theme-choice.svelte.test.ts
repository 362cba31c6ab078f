// Which imported themes are kept: so many, each name once, and none in silence that has no card.
import { expect, it } from 'vitest';
import { THEMES_MAX } from '$lib/client/settings/fields';
import { ThemeChoice } from '$lib/components/theme-choice.svelte';
import { DEFAULT_SETTINGS, type SettingsRecord } from '$lib/storage/settings';
import { theme } from '../client/settings/theme';

it('takes no theme that has no place, one in the place of its name, and more once one is forgotten', () => {
	const themes = Array.from({ length: THEMES_MAX }, (_, index) => theme(`Theme ${String(index)}`));
	let values: SettingsRecord = { ...DEFAULT_SETTINGS, colorScheme: 'dark', themes };
	const choice = new ThemeChoice({
		get values() {
			return values;
		},
		set: (change) => {
			values = { ...values, ...change };
			return Promise.resolve();
		}
	});
	const more = theme('One more');
	choice.candidate = more;
	expect(choice.canTake(more)).toBe(false);
	choice.take(more);
	expect(values.themes).toEqual(themes);
	expect(values.themeDark).toBeNull();
	expect(choice.candidate).toBe(more);

	const again = theme('Theme 3', '#202020');
	expect(choice.canTake(again)).toBe(true);
	choice.take(again);
	expect(values.themes).toHaveLength(THEMES_MAX);
	expect(values.themes).toContain(again);
	expect(values.themeDark).toBe(again);

	choice.forget(theme('Theme 7'));
	expect(choice.canTake(more)).toBe(true);
	choice.take(more);
	expect(values.themes).toContain(more);
	expect(values.themeDark).toBe(more);
});
