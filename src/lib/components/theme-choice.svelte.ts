// The theme that a person looks at in the settings: which scheme's, and what the preview shows of it.
// Window only; SettingsPage makes one for the section and its preview.
import { MediaQuery } from 'svelte/reactivity';
import { asSeen, type Scheme } from '$lib/client/settings/theme-sheet';
import { OWN_THEME_NAMES, THEMES_MAX, type SettingsRecord } from '$lib/client/settings/fields';
import type { TerminalTheme } from '$lib/client/terminal/theme-file';

interface ThemeSettings {
	readonly values: SettingsRecord;
	set(change: Partial<SettingsRecord>): Promise<void>;
}

export class ThemeChoice {
	readonly #settings: ThemeSettings;
	readonly #systemIsDark = new MediaQuery('(prefers-color-scheme: dark)');
	readonly #systemWantsContrast = new MediaQuery('(prefers-contrast: more)');
	#asked: Scheme | null = $state(null);
	/** Read from a file, not yet taken. */
	candidate: TerminalTheme | null = $state.raw(null);

	constructor(settings: ThemeSettings) {
		this.#settings = settings;
	}

	/** Whose theme is chosen: the scheme that is seen now, or the one that was asked for. */
	get scheme(): Scheme {
		const { colorScheme } = this.#settings.values;
		const now =
			colorScheme === 'system' ? (this.#systemIsDark.current ? 'dark' : 'light') : colorScheme;
		return this.#asked ?? now;
	}

	set scheme(scheme: Scheme) {
		this.#asked = scheme;
	}

	/** Null is Headtab's own. */
	get chosen(): TerminalTheme | null {
		const { themeDark, themeLight } = this.#settings.values;
		return this.scheme === 'dark' ? themeDark : themeLight;
	}

	/** What the preview shows. */
	get shown(): TerminalTheme | null {
		return this.asSeen(this.candidate ?? this.chosen);
	}

	/** A theme with the contrast that the person wants; null is Headtab's own as it is. */
	asSeen(theme: TerminalTheme | null): TerminalTheme | null {
		const { contrast, isContrastRaised } = this.#settings.values;
		const isHigh = contrast === 'more' || this.#systemWantsContrast.current;
		return asSeen(theme, this.scheme, { isHigh, isRaised: isContrastRaised });
	}

	get shownName(): string {
		return (this.candidate ?? this.chosen)?.name ?? OWN_THEME_NAMES[this.scheme];
	}

	choose(theme: TerminalTheme | null): void {
		this.candidate = null;
		void this.#settings.set(this.scheme === 'dark' ? { themeDark: theme } : { themeLight: theme });
	}

	/** Whether one more theme is kept; one of the same name gives its place. */
	canTake(theme: TerminalTheme): boolean {
		return this.#othersThan(theme).length < THEMES_MAX;
	}

	/** Keeps an imported theme, in the place of one of the same name, and chooses it. Nothing happens when
	 *  there is no place. */
	take(theme: TerminalTheme): void {
		if (!this.canTake(theme)) return;
		const others = this.#othersThan(theme);
		void this.#settings.set({ themes: [...others, theme] });
		this.choose(theme);
	}

	/** Forgets an imported one; a scheme that uses it goes back to Headtab's own. */
	forget(theme: TerminalTheme): void {
		const { themeDark, themeLight } = this.#settings.values;
		void this.#settings.set({
			themes: this.#othersThan(theme),
			...(themeDark?.name === theme.name ? { themeDark: null } : {}),
			...(themeLight?.name === theme.name ? { themeLight: null } : {})
		});
	}

	#othersThan(theme: TerminalTheme): readonly TerminalTheme[] {
		return this.#settings.values.themes.filter(({ name }) => name !== theme.name);
	}
}
