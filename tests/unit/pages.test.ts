// The pages for admins: no block of commands without somebody who runs it, no link into nothing.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, pages, RUNNERS } from '../fixtures/pages';

const ROOT = join(import.meta.dirname, '..', '..');
/** Languages of what a person types or gives to a program; others are output. */
const RUNNABLE = ['sh', 'bash', 'shell', 'console', 'json'];

describe('blocks', () => {
	const page =
		'a\n```sh test=one\nls\n```\n1. b\n\n   ```sh untested="why not"\n   x\n     y\n   ```\n';

	test('a block has its name, its reason and its text without the list’s indent', () => {
		expect(blocksOf('p.md', page)).toEqual([
			{ place: 'p.md:2', language: 'sh', test: 'one', reason: null, text: 'ls\n' },
			{ place: 'p.md:7', language: 'sh', test: null, reason: 'why not', text: 'x\n  y\n' }
		]);
		expect(() => blocksOf('p.md', '```sh\nls\n')).toThrow('p.md:1 is not closed');
	});

	test('each one in the pages is run by a test, or says why not', () => {
		const all = [...pages()].flatMap(([place, text]) => blocksOf(place, text));
		expect(all.length).toBeGreaterThan(15);
		const used = new Set<string>();
		for (const { place, language, test: name, reason } of all) {
			if (!RUNNABLE.includes(language)) continue;
			expect(name ?? reason, `${place} has neither test= nor untested=`).not.toBeNull();
			if (name === null) continue;
			expect(Object.keys(RUNNERS), place).toContain(name);
			used.add(name);
		}
		expect([...used].sort(), 'a runner without a block').toEqual(Object.keys(RUNNERS).sort());
		for (const file of new Set(Object.values(RUNNERS)))
			expect(readFileSync(join(ROOT, file), 'utf8'), file).toContain('blocksFor(');
	});
});

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
	heading
		.toLowerCase()
		.replaceAll(/[`*_]|\[([^\]]*)\]\([^)]*\)/g, '$1')
		.replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
		.trim()
		.replaceAll(/\s/g, '-');

test('each link of the pages and of the README leads to a file, and to a heading of it', () => {
	const texts = new Map(pages());
	texts.set('README.md', readFileSync(join(ROOT, 'README.md'), 'utf8'));
	let count = 0;
	for (const [place, text] of texts) {
		for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
			if (/^[a-z]+:/.test(target)) continue;
			count += 1;
			const [path = '', fragment] = target.split('#');
			const file = path === '' ? place : normalize(join(dirname(place), path));
			expect(existsSync(join(ROOT, file)), `${place} links to ${target}`).toBe(true);
			if (fragment === undefined) continue;
			const headings = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^#+ (.+)$/gm)];
			const anchors = headings.map(([, heading = '']) => anchor(heading));
			expect(anchors, `${place} links to ${target}`).toContain(fragment);
		}
	}
	expect(count).toBeGreaterThan(0);
});
