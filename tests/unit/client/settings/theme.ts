// An imported theme, as the settings keep it. Unit tests only.
import type { TerminalTheme } from '$lib/storage/theme';

export const theme = (name: string, background = '#101010'): TerminalTheme => ({
	name,
	background,
	foreground: '#eeeeee',
	cursor: '#eeeeee',
	cursorText: '#101010',
	selection: '#303030',
	selectionText: null,
	palette: Array.from({ length: 16 }, () => '#808080')
});
