// Foreign text for a param of an error: one line, no control or direction characters, cut.
// Server only.

/** @param text from a provider, Headscale or a proxy; never HTML after this, never longer than 200 characters */
export function plainText(text: string, maxChars = 200): string {
	const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
	return Array.from(plain).slice(0, maxChars).join('');
}
