// issuer and sub → Headscale's `providerId`, exactly as its Go code computes it.
// Server only; used by identity/match.ts. Golden vectors made by that Go code are in the tests.

/** Characters that Go's URL path escaping leaves alone (net/url shouldEscape, encodePath). */
const GO_KEPT = /[A-Za-z0-9\-_.~$&+,/:;=@]/;
/** What Go accepts in a path as it was written (net/url validEncoded). */
const GO_VALID = /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]]*$/;

/** Why no providerId can be trusted for a `sub`: Headscale's versions differ on it, or two people collide. */
export type SubFault = 'unusable-sub';

/** @returns the id, or a fault for a `sub` that Headscale does not keep apart from others */
export function providerId(
	iss: string,
	sub: string
): { readonly ok: true; readonly id: string } | { readonly ok: false; readonly fault: SubFault } {
	const isUnusable =
		// Half a character is U+FFFD to Go, as is any other half.
		!sub.isWellFormed() ||
		sub === '' ||
		sub === '.' ||
		sub === '..' ||
		/[%?#\s\p{Cc}]/u.test(sub) ||
		sub.includes('//') ||
		sub.startsWith('/') ||
		sub.endsWith('/') ||
		sub.split('/').some((part) => part === '.' || part === '..');
	const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/]*)(.*)$/.exec(
		`${iss.replace(/\/$/, '')}/${sub}`
	);
	if (isUnusable || match === null) return { ok: false, fault: 'unusable-sub' };
	const [, scheme = '', authority = '', path = ''] = match;
	const clean = `/${path
		.split('/')
		.filter((part) => part !== '')
		.join('/')}`;
	const written = clean === path && GO_VALID.test(path) ? path : goEscape(clean);
	return { ok: true, id: `${scheme.toLowerCase()}://${authority}${written}` };
}

function goEscape(path: string): string {
	let escaped = '';
	for (const byte of Buffer.from(path, 'utf8')) {
		const character = String.fromCharCode(byte);
		escaped +=
			byte < 0x80 && GO_KEPT.test(character)
				? character
				: `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
	}
	return escaped;
}
