// The releases of Headscale that the tests run: what their folders say they build.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
	DEFAULT_HEADSCALE,
	headscaleBinary,
	HEADSCALES,
	REFUSING_HEADSCALE
} from '../../../stack/headscales.mjs';
import { GO_DIR, SetupFault } from '../../../stack/setup.mjs';

const goVersion = (text: string) => /^go (\S+)$/m.exec(text)?.[1];
const folders = readdirSync(GO_DIR).filter((name) => name.startsWith('headscale-'));

test('the demo runs the newest of the releases that work', () => {
	expect(HEADSCALES).toEqual(['0.28.0', '0.29.2', '0.29.3']);
	expect(DEFAULT_HEADSCALE).toBe('0.29.3');
});

test('each other release has a folder, and each folder is one of them', () => {
	const others = [...HEADSCALES, REFUSING_HEADSCALE].filter((name) => name !== DEFAULT_HEADSCALE);
	expect(folders.toSorted()).toEqual(others.map((version) => `headscale-${version}`).toSorted());
});

describe.each(folders)('%s', (folder) => {
	const mod = readFileSync(join(GO_DIR, folder, 'go.mod'), 'utf8');

	test('builds the release that it is named after, by the same tool-chain', () => {
		expect(/juanfont\/headscale v(\S+)/.exec(mod)?.[1]).toBe(folder.replace('headscale-', ''));
		expect(goVersion(mod)).toBe(goVersion(readFileSync(join(GO_DIR, 'go.mod'), 'utf8')));
	});
});

test('a release that nobody built says how to', () => {
	expect(() => headscaleBinary('0.1.0')).toThrow(SetupFault);
	expect(() => headscaleBinary('0.1.0')).toThrow('node stack/headscales.mjs 0.1.0');
});
