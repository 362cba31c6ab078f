// An address as it is shown to who may follow it: the host, which decides, whole and apart from the rest.
// Window only, pure; LinkTarget shows it.
import { cleanText } from './text';

export interface LinkWords {
	readonly before: string;
	/** Who answers: never cut, whatever a long address has around it. */
	readonly host: string;
	readonly after: string;
}

/** What is shown of a path, a query or an address of mail. */
const AFTER_MAX_CHARS = 160;

/** @param url as `safeLink` has made it: absolute, its host in ASCII */
export function linkWords(url: string): LinkWords {
	const clean = cleanText(url, url.length);
	const parts = /^(https?:\/\/)([^/?#]*)(.*)$/.exec(clean) ?? /^(mailto:)(.*?@)?(.*)$/.exec(clean);
	if (parts === null) return { before: '', host: clean, after: '' };
	const [, before = '', second = '', third = ''] = parts;
	// In an address of mail the name stands before the host.
	if (before === 'mailto:') {
		const [host = '', query] = third.split('?', 2);
		return {
			before: before + cut(second),
			host,
			after: query === undefined ? '' : cut(`?${query}`)
		};
	}
	return { before, host: second, after: third === '/' ? '' : cut(third) };
}

const cut = (text: string): string =>
	text.length > AFTER_MAX_CHARS ? `${text.slice(0, AFTER_MAX_CHARS)}…` : text;
