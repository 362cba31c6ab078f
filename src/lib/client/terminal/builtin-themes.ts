// The themes that come with Headtab. Window only, pure; the settings page loads it.
import offered from 'virtual:terminal-themes';
import type { TerminalTheme } from '$lib/storage/theme';
import { readThemeFile } from './theme-file';

/** Dark and light, as Ghostty has them (MIT, through restty). */
export const BUILTIN_THEMES: readonly TerminalTheme[] = offered.map(({ name, text }) => {
	const file = readThemeFile(text, name);
	if (!file.isValid) throw new TypeError(`${name}: ${file.faults[0]?.text ?? ''}`);
	return file.theme;
});
