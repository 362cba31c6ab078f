// Contrast of the tokens, both schemes: every text on every surface it may stand on (WCAG 4.5:1), edges
// that alone mark a control and focus (3:1), and every terminal colour on the terminal's background.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/lib/ui/tokens.css', 'utf8');
const colours = new Map<string, readonly [string, string]>();
for (const match of css.matchAll(
	/--([\w-]+):\s*light-dark\(\s*(#[0-9a-f]{6})\s*,\s*(#[0-9a-f]{6})\s*\)/g
)) {
	const [, name, light, dark] = match;
	if (name !== undefined && light !== undefined && dark !== undefined)
		colours.set(name, [light, dark]);
}

function luminance(hex: string): number {
	const [r = 0, g = 0, b = 0] = [1, 3, 5]
		.map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
		.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
	const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (high + 0.05) / (low + 0.05);
}

function of(name: string, scheme: 0 | 1): string {
	const found = colours.get(name)?.[scheme];
	if (found === undefined) throw new Error(`no token --${name}`);
	return found;
}

const SURFACES = ['frame', 'surface-1', 'surface-2', 'surface-3', 'surface-float'];
const PAIRS: readonly (readonly [string, string, number])[] = [
	...['text', 'text-muted', 'text-faint'].flatMap((text) =>
		SURFACES.map((surface) => [text, surface, 4.5] as const)
	),
	...['surface-1', 'surface-2', 'surface-float'].flatMap(
		(surface) =>
			[
				['accent-text', surface, 4.5],
				['danger', surface, 4.5],
				['warn', surface, 4.5],
				['line-control', surface, 3],
				['accent', surface, 3],
				['ok', surface, 3]
			] as const
	),
	['text', 'warn-quiet', 4.5],
	['text-muted', 'warn-quiet', 4.5],
	['warn', 'warn-quiet', 4.5],
	['text', 'danger-quiet', 4.5],
	['text-muted', 'danger-quiet', 4.5],
	['danger', 'danger-quiet', 4.5],
	['accent-text', 'accent-quiet', 4.5],
	['on-accent', 'accent', 4.5],
	['on-accent', 'accent-strong', 4.5],
	['on-danger', 'danger-fill', 4.5],
	['term-fg', 'term-bg', 4.5],
	['term-fg', 'term-selection', 4.5],
	...Array.from({ length: 15 }, (_, at) => [`term-${String(at + 1)}`, 'term-bg', 4.5] as const)
];

describe.each([
	['light', 0],
	['dark', 1]
] as const)('tokens, %s', (_, scheme) => {
	it.each(PAIRS)('%s is readable on %s (%d:1)', (text, surface, least) => {
		expect(contrast(of(text, scheme), of(surface, scheme))).toBeGreaterThanOrEqual(least);
	});
});

const components = ['src/lib/ui', 'src/lib/components'].flatMap((folder) =>
	readdirSync(folder)
		.filter((name) => name.endsWith('.svelte'))
		.map((name) => `${folder}/${name}`)
);

describe('components', () => {
	it.each(components)('%s takes its colours from tokens', (file) => {
		const style = /<style>([\s\S]*)<\/style>/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
		expect(style).not.toMatch(/#[0-9a-f]{3,8}\b|rgba?\(|hsl\(/i);
	});
});
