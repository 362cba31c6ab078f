// The themes that Headtab offers, out of restty's table of Ghostty's themes: of 458 these go into the
// build, the rest (200 kB) does not. Node; a plugin of vite.config.ts.
import type { Plugin } from 'vite';
import { getBuiltinThemeSource } from 'restty/internal';

/** restty's name and ours, where its own has a maker's in it; dark ones first. */
const OFFERED: readonly (readonly [source: string, name?: string])[] = [
	['Catppuccin Mocha'],
	['TokyoNight', 'Tokyo Night'],
	['Gruvbox Dark'],
	['Nord'],
	['Everforest Dark Hard', 'Everforest Dark'],
	['Rose Pine', 'Rosé Pine'],
	['Kanagawa Wave', 'Kanagawa'],
	['Dracula'],
	['One Half Dark'],
	['GitHub Dark Default', 'GitHub Dark'],
	['iTerm2 Solarized Dark', 'Solarized Dark'],
	['Catppuccin Latte'],
	['TokyoNight Day', 'Tokyo Night Day'],
	['Gruvbox Light'],
	['Rose Pine Dawn', 'Rosé Pine Dawn'],
	['Kanagawa Lotus'],
	['One Half Light'],
	['GitHub Light Default', 'GitHub Light'],
	['iTerm2 Solarized Light', 'Solarized Light']
];

const ID = 'virtual:terminal-themes';

/** Serves `virtual:terminal-themes`. */
export function terminalThemes(): Plugin {
	return {
		name: 'headtab-terminal-themes',
		resolveId: (id) => (id === ID ? `\0${ID}` : null),
		load: (id) => (id === `\0${ID}` ? `export default ${JSON.stringify(offered())}` : null)
	};
}

/** As restty has them; client/terminal/builtin-themes.ts reads them like any other file. */
const offered = () =>
	OFFERED.map(([source, name = source]) => {
		const text = getBuiltinThemeSource(source);
		if (text === null) throw new Error(`restty has no theme ${source}`);
		return { name, text };
	});
