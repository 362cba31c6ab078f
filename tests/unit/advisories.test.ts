// docs/ADVISORIES.md: every advisory that can touch us has its test, under its name; and what a newer release of a
// package heals is in use.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const filesOf = (folder: string, pattern: RegExp): readonly string[] =>
	readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => pattern.test(file))
		.map((file) => join(folder, file));

interface Row {
	/** As it is called, e.g. `CVE-2021-41767`. */
	readonly names: readonly string[];
	readonly line: string;
	readonly files: readonly string[];
	readonly reason: string | null;
}

const rows: readonly Row[] = read('docs/ADVISORIES.md')
	.split('\n')
	.filter((line) => line.startsWith('| ') && !/^\| (-|Advisory)/.test(line))
	.map((line) => {
		const cells = line.split('|').map((cell) => cell.trim());
		const last = cells.at(-2) ?? '';
		return {
			line,
			names: (cells[1] ?? '').split(/[;,] /),
			files: [...last.matchAll(/`(tests\/[^`]+)`/g)].map(([, file = '']) => file),
			reason: /^does not apply, because (.+)$/.exec(last)?.[1] ?? null
		};
	});

/** Titles that name an advisory, with the files that they stand in. */
const titles = filesOf('tests', /\.(test|spec)\.ts$/).flatMap((file) =>
	[...read(file).matchAll(/^\s*(?:test|it|describe)(?:\.each.*)?\(\s*'([^']*\blike [^']*)'/gm)].map(
		([, title = '']) => ({ file, title })
	)
);
/** The names after `like`. */
const namesIn = (title: string): string => /\blike (.*)$/.exec(title)?.[1] ?? '';

test('every advisory has a test under its name, or the reason why it cannot touch us', () => {
	expect(rows.length).toBeGreaterThan(50);
	for (const { names, files, reason, line } of rows) {
		expect(files.length > 0 !== (reason !== null), line).toBe(true);
		for (const file of files) {
			const there = titles.filter((one) => one.file === file).map(({ title }) => namesIn(title));
			for (const name of names)
				expect(
					there.some((title) => title.includes(name)),
					`${file}: ${name}`
				).toBe(true);
		}
	}
});

test('every test that is called after an advisory has its row', () => {
	const named = titles.filter(({ file }) => file.includes('advisories'));
	expect(named.length).toBeGreaterThan(40);
	for (const { file, title } of named) {
		const mine = rows.filter(({ files }) => files.includes(file)).flatMap(({ names }) => names);
		expect(
			mine.some((name) => namesIn(title).includes(name)),
			`${file}: ${title}`
		).toBe(true);
	}
});

/** Whether a release is at least another. */
function isAtLeast(found: string, wanted: string): boolean {
	const [a, b] = [found, wanted].map((text) => text.split('.').map(Number));
	for (const [index, part] of (b ?? []).entries()) {
		const other = a?.[index] ?? 0;
		if (other !== part) return other > part;
	}
	return true;
}

test('like CVE-2025-67647, CVE-2026-22803, CVE-2026-40073, CVE-2026-40074, CVE-2026-66062, GHSA-vrhm-, GHSA-fpg4-, devalue, ws 8.21.0, CVE-2024-37890: no package is older than what heals it', () => {
	const { packages } = JSON.parse(read('package-lock.json')) as {
		packages: Readonly<Record<string, { readonly version?: string }>>;
	};
	for (const [name, floor] of [
		['@sveltejs/kit', '2.70.2'],
		['@sveltejs/adapter-node', '5.5.1'],
		['devalue', '5.6.2'],
		['ws', '8.21.0']
	] as const) {
		const found = Object.entries(packages).filter(([path]) =>
			path.endsWith(`node_modules/${name}`)
		);
		expect(found.length, name).toBeGreaterThan(0);
		for (const [path, { version = '' }] of found)
			expect(isAtLeast(version, floor), `${path} ${version}`).toBe(true);
	}
	// Remote functions would be doors of their own.
	expect(filesOf('src', /\.remote\.(ts|js)$/)).toEqual([]);
	expect(read('svelte.config.js')).not.toContain('remoteFunctions');
});

test('like CVE-2026-46597, CVE-2026-39827, CVE-2026-39829, CVE-2026-39830, CVE-2026-39834, CVE-2026-39835, CVE-2026-42508, CVE-2025-58181, CVE-2025-49825, Terrapin: x/crypto is 0.52 or newer, in the module and in the test servers', () => {
	for (const file of ['wasm/go.mod', 'stack/go/go.mod']) {
		const version = /golang\.org\/x\/crypto v([\d.]+)/.exec(read(file))?.[1] ?? '';
		expect(isAtLeast(version, '0.52.0'), `${file}: ${version}`).toBe(true);
	}
});

test('like CVE-2016-1566: no component writes a text as HTML', () => {
	for (const file of filesOf('src', /\.(svelte|ts)$/))
		expect(read(file), file).not.toMatch(
			/\{@html|\.innerHTML\s*=|insertAdjacentHTML|document\.write\(/
		);
});

test('releases are told apart by their numbers', () => {
	expect(isAtLeast('0.54.0', '0.52.0')).toBe(true);
	expect(isAtLeast('0.6.0', '0.52.0')).toBe(false);
	expect(isAtLeast('8.21.0', '8.21.0')).toBe(true);
	expect(isAtLeast('10.0.0', '9.9.9')).toBe(true);
});
