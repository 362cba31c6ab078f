// Themes: the ones that come with Headtab, contrast, and files of Ghostty and iTerm2 read strictly.
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILTIN_THEMES } from '$lib/client/terminal/builtin-themes';
import {
	contrast,
	contrastWords,
	faintColors,
	frameOf,
	raised,
	schemeOf,
	textOn,
	withContrast
} from '$lib/client/terminal/colors';
import { paletteSequence } from '$lib/client/terminal/theme';
import { readThemeFile, THEME_FILE_MAX_BYTES } from '$lib/client/terminal/theme-file';
import {
	parseTheme,
	parseThemes,
	THEMES_MAX,
	type HexColor,
	type TerminalTheme
} from '$lib/storage/theme';

const named = (name: string): TerminalTheme => {
	const found = BUILTIN_THEMES.find((theme) => theme.name === name);
	if (found === undefined) throw new Error(`no theme ${name}`);
	return found;
};
const tokens = readFileSync('src/lib/ui/tokens.css', 'utf8');
const token = (name: string, scheme: 'light' | 'dark'): string => {
	const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(
		tokens
	);
	return found?.[scheme === 'light' ? 1 : 2] ?? '';
};
const faults = (text: string) => {
	const file = readThemeFile(text, 'mine');
	return file.isValid ? [] : file.faults.map(({ line, text: said }) => [line, said]);
};

const PALETTE = Array.from(
	{ length: 16 },
	(_, at) => `palette = ${String(at)}=#0${at.toString(16)}0000`
);
const GHOSTTY = ['background = #101010', 'foreground = #eeeeee', ...PALETTE].join('\n');

const component = (name: string, value: string) =>
	`<key>${name} Component</key>\n<real>${value}</real>`;
const dict = (key: string, value: string) =>
	[
		`<key>${key}</key>`,
		'<dict>',
		'<key>Color Space</key>\n<string>sRGB</string>',
		...['Red', 'Green', 'Blue'].map((name) => component(name, value)),
		component('Alpha', '1'),
		'</dict>'
	].join('\n');
const plist = (...entries: readonly string[]) =>
	[
		'<?xml version="1.0" encoding="UTF-8"?>',
		'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
		'<plist version="1.0">',
		'<dict>',
		...entries,
		'</dict>',
		'</plist>'
	].join('\n');
const ITERM = [
	...Array.from({ length: 16 }, (_, at) => dict(`Ansi ${String(at)} Color`, String(at / 15))),
	dict('Background Color', '0'),
	dict('Foreground Color', '1'),
	dict('Bold Color', '1'),
	dict('Ansi 3 Color (Light)', '1')
];

describe('the themes that come with Headtab', () => {
	it('are at least twelve, light and dark, each name once', () => {
		const schemes = BUILTIN_THEMES.map(({ background }) => schemeOf(background));
		expect(BUILTIN_THEMES.length).toBeGreaterThanOrEqual(12);
		expect(schemes.filter((scheme) => scheme === 'light').length).toBeGreaterThanOrEqual(6);
		expect(schemes.filter((scheme) => scheme === 'dark').length).toBeGreaterThanOrEqual(6);
		expect(new Set(BUILTIN_THEMES.map(({ name }) => name)).size).toBe(BUILTIN_THEMES.length);
	});

	it.each(BUILTIN_THEMES)('$name is readable, and so are the bars around it', (theme) => {
		expect(parseTheme(theme)).toEqual(theme);
		expect(contrast(theme.foreground, theme.background)).toBeGreaterThanOrEqual(4);
		const scheme = schemeOf(theme.background);
		const frame = frameOf(theme.background);
		for (const text of ['text', 'text-muted', 'frame-warn', 'frame-danger'])
			expect(contrast(token(text, scheme), frame)).toBeGreaterThanOrEqual(4.5);
	});

	it.each(BUILTIN_THEMES)('$name reaches every contrast that is asked for', (theme) => {
		for (const least of [4.5, 7]) {
			const more = withContrast(theme, least);
			expect(faintColors(more, least)).toEqual([]);
			expect(more.palette[0]).toBe(theme.palette[0]);
			expect(parseTheme(more)).toEqual(more);
		}
	});
});

describe('contrast', () => {
	it('is counted as WCAG counts it', () => {
		expect(contrast('#ffffff', '#000000')).toBeCloseTo(21, 5);
		expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
		expect(schemeOf('#fdf6e3')).toBe('light');
		expect(schemeOf('#002b36')).toBe('dark');
	});

	it('is said in words', () => {
		expect(contrastWords(withContrast(named('Nord'), 4.5))).toBe('All colours reach 4.5 : 1.');
		const one = withContrast(named('Nord'), 4.5);
		const faint = { ...one, palette: one.palette.with(8, '#666f80') };
		expect(contrastWords(faint)).toMatch(
			/^All colours reach 4.5 : 1 but bright black, 2\.\d : 1\.$/
		);
		expect(contrastWords(named('Catppuccin Latte'))).toMatch(
			/^\d+ of 16 colours are under 4.5 : 1, .+ least with \d\.\d : 1\.$/
		);
	});

	it('raises a colour as far as needed, and no readable one', () => {
		expect(raised('#62bbf5', '#14171b', 4.5)).toBe('#62bbf5');
		fc.assert(
			fc.property(
				fc.integer({ min: 0, max: 0xffffff }),
				fc.integer({ min: 0, max: 0xffffff }),
				(a, b) => {
					const hex = (value: number) => `#${value.toString(16).padStart(6, '0')}`;
					const more = raised(hex(a), hex(b), 4.5);
					expect(contrast(more, hex(b))).toBeGreaterThanOrEqual(4.5);
				}
			)
		);
	});

	it('frames a terminal as CSS mixes black into it in oklab', () => {
		expect(frameOf('#000000')).toBe('#000000');
		// color-mix(in oklab, #1a1b26, black 26%) and color-mix(in oklab, #fdf6e3, black 9%)
		expect(frameOf('#1a1b26')).toBe('#0d0e16');
		expect(frameOf('#fdf6e3')).toBe('#dfd9c8');
	});
});

describe('the palette', () => {
	const palette = [{ r: 0, g: 1, b: 2 }, undefined, { r: 255, g: 16, b: 170 }];

	it('is given back to the core whole, or as far as it is asked for', () => {
		const [first, last] = ['\u001b]4;0;#000102\u001b\\', '\u001b]4;2;#ff10aa\u001b\\'];
		expect(paletteSequence(palette, null)).toBe(first + last);
		expect(paletteSequence(palette, [2, 200, 1])).toBe(last);
		expect(paletteSequence([], null)).toBe('');
	});
});

describe('text on what a search has found', () => {
	it.each(['light', 'dark'] as const)('is read in the %s scheme', (scheme) => {
		for (const name of ['term-match', 'term-match-on']) {
			const behind = token(name, scheme);
			const text = [token('term-fg', scheme), token('term-bg', scheme)] as [HexColor, HexColor];
			expect(contrast(textOn(behind, text), behind)).toBeGreaterThanOrEqual(4.5);
		}
	});

	it('is one of the two as it is where that is read, else moved until it is', () => {
		expect(textOn('#5a4617', ['#d6dae0', '#14171b'])).toBe('#d6dae0');
		expect(textOn('#e8b450', ['#d6dae0', '#14171b'])).toBe('#14171b');
		const moved = textOn('#808080', ['#909090', '#707070']);
		expect(contrast(moved, '#808080')).toBeGreaterThanOrEqual(4.5);
	});
});

describe('a Ghostty theme file', () => {
	it('is read, with what it leaves out taken from what it has', () => {
		expect(readThemeFile(`# mine\r\n${GHOSTTY}\n`, 'My Theme.conf')).toEqual({
			isValid: true,
			theme: {
				name: 'My Theme',
				background: '#101010',
				foreground: '#eeeeee',
				cursor: '#eeeeee',
				cursorText: '#101010',
				selection: '#eeeeee',
				selectionText: '#101010',
				palette: PALETTE.map((line) => line.slice(line.indexOf('#')))
			}
		});
		expect(
			readThemeFile(
				`${GHOSTTY}\ncursor-color = ABC\nselection-background = "#123456"\nselection-foreground = cell-foreground\npalette = 200=#ffffff`,
				'x'
			)
		).toMatchObject({
			theme: { cursor: '#aabbcc', selection: '#123456', selectionText: null }
		});
	});

	it('is refused with the line of each fault', () => {
		expect(
			faults(
				[
					'background = #10101',
					'font-family = Comic Sans',
					'just words',
					'palette = 300=#ffffff',
					'palette = 3=red',
					GHOSTTY,
					'background = #101010'
				].join('\n')
			)
		).toEqual([
			[1, '“#10101” is no colour like #1a2b3c'],
			[2, '“font-family” is no colour of a theme'],
			[3, 'has no = between a key and its value'],
			[4, 'takes a number from 0 to 255, = and a colour'],
			[5, '“red” is no colour like #1a2b3c'],
			[24, '“background” stands here a second time']
		]);
		expect(faults('foreground = #ffffff')).toEqual([
			[null, expect.stringMatching(/^The theme has no background, no colour 0, no colour 1,/)]
		]);
		expect(faults('#'.repeat(THEME_FILE_MAX_BYTES + 1))).toEqual([
			[null, 'The file is too large for a theme.']
		]);
	});
});

describe('an iTerm2 property list', () => {
	it('is read; what a theme does not have is read over', () => {
		expect(readThemeFile(plist(...ITERM), 'Grey.itermcolors')).toMatchObject({
			isValid: true,
			theme: {
				name: 'Grey',
				background: '#000000',
				foreground: '#ffffff',
				palette: { 5: '#555555' }
			}
		});
	});

	it('is refused with the line of each fault', () => {
		expect(faults(plist(...ITERM, dict('Ansi 16 Color', '0')))).toEqual([
			[expect.any(Number), 'Ansi 16 Color is none of the 16 colours']
		]);
		expect(faults(plist(dict('Background Color', '1.5')))[0]).toEqual([
			10,
			'Red Component takes a number from 0 to 1'
		]);
		expect(faults(plist(...ITERM, dict('Background Color', '0')))).toEqual([
			[expect.any(Number), 'Background Color stands here a second time']
		]);
		expect(faults(plist(...ITERM, dict('Window Color', '0')))).toEqual([
			[expect.any(Number), 'Window Color is no colour of a theme']
		]);
	});

	it('takes no entities, no nesting and nothing after its end', () => {
		const bomb = '<!DOCTYPE plist [<!ENTITY a "aaaa">]>';
		const said = [
			[null, 'The file is no property list of iTerm2: it holds something else than colours.']
		];
		expect(faults(`<?xml version="1.0"?>${bomb}<plist><dict></dict></plist>`)).toEqual(said);
		expect(faults(plist('<array></array>'))).toEqual(said);
		expect(faults(`${plist(...ITERM)}<dict>`)).toEqual(said);
		expect(faults('<html></html>')).toEqual(said);
		expect(faults(plist('<key>Background Color</key><dict>'))).not.toEqual([]);
	});
});

describe('reading a theme file', () => {
	it('ends for any text, with a theme or with faults', () => {
		const piece = fc.constantFrom(
			'<dict>',
			'</dict>',
			'<key>',
			'</key>',
			'Red Component',
			'=',
			'\n',
			'<!--',
			'-->',
			'palette',
			'#fff',
			'<plist>',
			'</plist>',
			' '
		);
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string(),
					fc.array(piece).map((parts) => parts.join(''))
				),
				(text) => {
					const file = readThemeFile(text, text);
					expect(file.isValid || file.faults.length > 0).toBe(true);
					if (file.isValid) expect(parseTheme(file.theme)).toEqual(file.theme);
				}
			)
		);
	});

	it('is linear in hostile white space', () => {
		const startMs = performance.now();
		faults(`<plist>${' '.repeat(60_000)}<`);
		faults(`${' '.repeat(60_000)}<plist`);
		expect(performance.now() - startMs).toBeLessThan(5_000); // a quadratic one takes minutes
	});
});

describe('stored themes', () => {
	it('keep what is a theme, each name once, and not too many', () => {
		const theme = named('Nord');
		expect(parseThemes([theme, { ...theme, palette: [] }, 'x', theme])).toEqual([theme]);
		expect(parseThemes(null)).toEqual([]);
		const many = Array.from({ length: THEMES_MAX + 5 }, (_, at) => ({
			...theme,
			name: `n${String(at)}`
		}));
		expect(parseThemes(many)).toHaveLength(THEMES_MAX);
		expect(parseTheme({ ...theme, background: 'url(x)' })).toBeNull();
		expect(parseTheme({ ...theme, name: 'a\nb' })).toBeNull();
	});
});
