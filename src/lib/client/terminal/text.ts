// Text of a machine that leaves the terminal: titles, notes, links. Window only, pure.
import { TITLE_MAX_CHARS } from '$lib/contracts/limits';

/** Longest address that is offered as a link. */
export const LINK_MAX_CHARS = 2 * 1024;

/** Control and format characters (bidirectional, zero-width, tags), line and paragraph separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** A joiner between two pictures makes one of them: a family, a flag. */
const JOINED =
	/(\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})/gu;

/** @returns whether a text has characters that hide or reorder what is seen; tab and line ends aside */
export const hasUnseen = (text: string): boolean =>
	text
		.replaceAll(/[\t\n\r]/g, '')
		.replaceAll(JOINED, '$1')
		.search(UNSEEN) >= 0;

/** One line that is safe to show beside our own words; cut to `maxChars` characters. */
export function cleanText(text: string, maxChars = TITLE_MAX_CHARS): string {
	const clean = text.replaceAll(UNSEEN, '').trim();
	const chars = Array.from(clean.slice(0, maxChars * 2));
	return chars.slice(0, maxChars).join('');
}

/** An address that may be offered: absolute http, https or mailto, nothing hidden in it, not ours.
 *  @returns the address as it will be opened, or null */
export function safeLink(uri: string, ownOrigin: string): string | null {
	if (uri.length > LINK_MAX_CHARS || hasUnseen(uri) || /[\s\\]/.test(uri)) return null;
	if (!/^(https?:\/\/|mailto:)/i.test(uri) || !URL.canParse(uri)) return null;
	const url = new URL(uri);
	if (url.username !== '' || url.password !== '') return null;
	return url.origin === ownOrigin ? null : url.href;
}

const PLAIN_LINK = /https?:\/\/[^\s<>"'`{}|\\^\p{Cc}]+/giu;

/** The plain address under a column of a line of text, or null.
 *  @param column index in UTF-16 units of `line` */
export function plainLinkAt(line: string, column: number, ownOrigin: string): string | null {
	for (const match of line.matchAll(PLAIN_LINK)) {
		const text = trimLink(match[0]);
		if (column < match.index) return null;
		if (column < match.index + text.length) return safeLink(text, ownOrigin);
	}
	return null;
}

/** Without the punctuation of the sentence around it, and without a bracket that it did not open. */
function trimLink(text: string): string {
	const count = (sign: string) => text.split(sign).length - 1;
	// Counted once: a line of brackets alone may be as long as the screen.
	const extra = { ')': count(')') - count('('), ']': count(']') - count('[') };
	let end = text.length;
	for (; end > 0; end -= 1) {
		const last = text[end - 1] ?? '';
		if (/[.,;:!?*_~]/.test(last)) continue;
		if ((last !== ')' && last !== ']') || extra[last] <= 0) break;
		extra[last] -= 1;
	}
	return text.slice(0, end);
}
