// What is shown of an address: its host whole, nothing hidden.
import { describe, expect, it } from 'vitest';
import { linkWords } from '$lib/client/terminal/link-words';
import { safeLink } from '$lib/client/terminal/text';

const shown = (uri: string) => {
	const url = safeLink(uri, 'https://tab.example');
	return url === null ? null : linkWords(url);
};

describe('the words of a link', () => {
	it('tell the host apart from the rest', () => {
		expect(shown('https://real.example/path?x=1#y')).toEqual({
			before: 'https://',
			host: 'real.example',
			after: '/path?x=1#y'
		});
		expect(shown('http://real.example:8080')).toEqual({
			before: 'http://',
			host: 'real.example:8080',
			after: ''
		});
		expect(shown('mailto:me@real.example?subject=a')).toEqual({
			before: 'mailto:me@',
			host: 'real.example',
			after: '?subject=a'
		});
	});

	it('cut a long address, never its host', () => {
		const host = `www.bank.example.${'a'.repeat(60)}.${'b'.repeat(60)}.evil.example`;
		const words = shown(`https://${host}/${'c'.repeat(500)}`);
		expect(words?.host).toBe(host);
		expect(words?.after).toBe(`/${'c'.repeat(159)}…`);
		const mail = shown(`mailto:${'a'.repeat(300)}@real.example`);
		expect(mail?.host).toBe('real.example');
		expect(mail?.before).toHaveLength('mailto:'.length + 161);
	});

	it('are plain where an address is hostile', () => {
		expect(shown('https://аpple.com/ümläut')).toEqual({
			before: 'https://',
			host: 'xn--pple-43d.com',
			after: '/%C3%BCml%C3%A4ut'
		});
		expect(shown('https://real.example/\u202egnp.exe')).toBeNull();
		expect(shown('https://bank.example@evil.example/')).toBeNull();
	});
});
