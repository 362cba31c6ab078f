// The error table against everything that must keep up with it: texts, README headings, test titles.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError, parseWireError, report, toAppError } from '$lib/contracts/app-error';
import { ERROR_CODES, ERRORS, isErrorCode } from '$lib/contracts/errors';

const ROOT = resolve(import.meta.dirname, '../../..');

/** All test sources, TypeScript and Go. */
function testSources(): string {
	const files = (folder: string, pattern: RegExp): string[] =>
		readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile() && pattern.test(entry.name))
			.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
	return [...files('tests', /\.(test|spec)\.ts$/), ...files('wasm', /_test\.go$/)].join('\n');
}

describe('each row of the table', () => {
	test.each(ERROR_CODES)('%s has texts that end as sentences and blame nobody', (code) => {
		const { message, remedy } = ERRORS[code];
		for (const text of [message, remedy]) {
			expect(text).toMatch(/[.:}]$|\}$/);
			expect(text).not.toMatch(/please|sorry|oops|!|something went wrong/i);
		}
		expect(code).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
	});

	test.each(ERROR_CODES)('%s has an HTTP status where the server sends it', (code) => {
		const { http } = ERRORS[code];
		expect(http === 0 || (http >= 400 && http < 600)).toBe(true);
	});
});

test('every code is a heading of the README, and every such heading is a code', () => {
	const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
	const headings = [...readme.matchAll(/^#+ `?([a-z0-9-]+)`?$/gm)]
		.map(([, heading = '']) => heading)
		.filter((heading) => heading.includes('-') || isErrorCode(heading));
	expect(headings.toSorted()).toEqual([...ERROR_CODES].toSorted());
});

test('every code is provoked by a test that has it in its title', () => {
	const sources = testSources();
	expect(ERROR_CODES.filter((code) => !sources.includes(`[${code}]`))).toEqual([]);
});

test('an error crosses a wire by code, params and id, never with its cause', () => {
	const error = AppError.of(
		'node-offline',
		{ node: 'web-1', lastSeen: 'yesterday' },
		{ cause: new Error('secret') }
	);
	const wire: unknown = JSON.parse(JSON.stringify(error.toWire()));
	expect(JSON.stringify(wire)).not.toContain('secret');
	const arrived = AppError.fromWire(parseWireError(wire));
	expect(arrived.toWire()).toEqual(error.toWire());
	expect(arrived.message).toBe('web-1 is offline, last seen yesterday.');
});

test('a report has all texts filled in, and the README anchor', () => {
	expect(report({ code: 'rate-limited', params: { seconds: '7' }, id: 'ab12' })).toEqual({
		code: 'rate-limited',
		message: 'Too many attempts. The next one is possible in 7 s.',
		remedy: 'Wait 7 s, then try again.',
		retryable: true,
		docs: 'README.md#rate-limited',
		id: 'ab12'
	});
});

test('[internal] a stranger becomes internal with an id, its cause kept for the log', () => {
	const cause = new TypeError('x is not a function');
	const error = toAppError(cause);
	expect(error.code).toBe('internal');
	expect(error.id).toMatch(/^[0-9a-f]{10}$/);
	expect(error.cause).toBe(cause);
	expect(toAppError(error)).toBe(error);
});

test.each([
	null,
	undefined,
	7,
	'text',
	[],
	{},
	{ code: 'no-such-code' },
	{ code: 7 },
	{ code: 'toString' }
])('[internal] %j from another realm becomes internal', (value) => {
	expect(parseWireError(value)).toMatchObject({ code: 'internal', params: {} });
});

test('params from another realm become texts', () => {
	expect(
		parseWireError({ code: 'tcp-timeout', params: { node: 'a', seconds: 12 }, id: 'x' })
	).toEqual({
		code: 'tcp-timeout',
		params: { node: 'a', seconds: '12' },
		id: 'x'
	});
});
