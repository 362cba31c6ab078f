// The parsers that more than one realm needs: logins, node names, paths to return to.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	assertNever,
	isRecord,
	parseLogin,
	parseNodeName,
	parseReturnPath
} from '$lib/contracts/parse';

describe('parseLogin', () => {
	test.each([
		'root',
		'alice',
		'a.b-c_d',
		'DOMAIN\\me',
		'me@domain',
		'user$',
		'jürgen',
		'_svc',
		'0day'
	])('H17 takes %s', (text) => {
		expect(parseLogin(text)).toEqual({ ok: true, login: text });
	});

	test.each([
		['', 'empty'],
		['x'.repeat(65), 'too-long'],
		['x'.repeat(300), 'too-long'],
		['-oProxyCommand=x', 'leading-dash'],
		['root;id', 'characters'],
		['a b', 'characters'],
		['a\nb', 'characters'],
		['a\u0000b', 'characters'],
		['$(id)', 'characters'],
		['a/b', 'characters'],
		['a:b', 'characters'],
		['@domain', 'characters'],
		['*', 'characters'],
		['\u202eroot', 'characters']
	])('H17 refuses %j: %s', (text, fault) => {
		expect(parseLogin(text)).toEqual({ ok: false, fault });
	});

	test('H17 what it takes never holds what a shell or ssh could misread', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
				const parsed = parseLogin(text);
				if (!parsed.ok) return;
				expect(parsed.login).toBe(text);
				expect(text).not.toMatch(/^-|[\s;&|<>()`'"*?[\]{}!#~:/]|\p{C}/u);
			}),
			{ numRuns: 2_000 }
		);
	});
});

describe('parseNodeName', () => {
	test.each([
		['web-1', 'web-1'],
		['WEB-1', 'web-1'],
		['a', 'a'],
		['x'.repeat(63), 'x'.repeat(63)]
	])('takes %s as %s', (text, name) => {
		expect(parseNodeName(text)).toBe(name);
	});

	test.each(['', '-a', 'a-', 'a.b', 'a b', 'x'.repeat(64), 'ä', 'a_b', '../x', 'a%2fb'])(
		'refuses %j',
		(text) => {
			expect(parseNodeName(text)).toBeNull();
		}
	);
});

describe('parseReturnPath', () => {
	const origin = 'https://tab.example.com';

	test.each(['/', '/connect/web-1?user=root', '/a#b', '/a?next=//evil.example', '/a%20b'])(
		'L11 takes %s',
		(path) => {
			expect(parseReturnPath(path, origin)).toBe(path);
		}
	);

	test.each([
		null,
		'',
		'/.//evil.example',
		'/..//evil.example',
		'//evil.example',
		'/\\evil.example',
		'\\\\evil.example',
		'https://evil.example/',
		'https:evil.example',
		'javascript:alert(1)',
		'/\t/evil.example',
		'/%0d%0aSet-Cookie:x',
		'/%5cevil.example',
		'connect/web-1',
		`/${'x'.repeat(2100)}`,
		// Nine letters each, written out: no cookie has room for it.
		`/${'漢'.repeat(500)}`
	])('L11 %j leads to the start page', (path) => {
		expect(parseReturnPath(path, origin)).toBe('/');
	});

	test('L11 whatever comes, the browser stays at the origin', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.webPath()), (text) => {
				const path = parseReturnPath(text, origin);
				expect(new URL(path, origin).origin).toBe(origin);
				expect(path.startsWith('/') && !path.startsWith('//')).toBe(true);
			}),
			{ numRuns: 2_000 }
		);
	});
});

test('isRecord tells objects from arrays, null and texts', () => {
	expect([{}, { a: 1 }].every(isRecord)).toBe(true);
	expect([null, undefined, [], 'x', 1].some(isRecord)).toBe(false);
});

test('assertNever fails loudly', () => {
	expect(() => assertNever('odd' as never)).toThrow(/odd/);
});
