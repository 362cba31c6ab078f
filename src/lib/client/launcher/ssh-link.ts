// A `web+ssh:` link that the OS hands over, taken apart. Anyone can make one, so it may name a machine
// and a user and nothing else: whatever asks for more is refused as a whole. Pure; launch-params calls it.
import type { NodeName } from '$lib/contracts/ids';
import { parseNodeName } from '$lib/contracts/parse';

export type SshLink =
	| { readonly ok: true; readonly node: NodeName; readonly user: string }
	/** Why it is refused, as a part of a sentence. */
	| { readonly ok: false; readonly reason: string };

const LINK_MAX_CHARS = 512;
/** Line breaks and everything else that a person cannot see. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
/** Not `new URL`: it drops line breaks without a word. */
const SHAPE = /^web\+ssh:(?:\/\/)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/i;

/** `web+ssh:user@node`, `web+ssh:node`, `web+ssh://node`, `web+ssh://node/?user=user`; port 22 may stand. */
export function parseSshLink(link: string): SshLink {
	if (link.length > LINK_MAX_CHARS) return refused('it is too long');
	const whole = decoded(link);
	if (whole === null) return refused('it is damaged');
	if (HIDDEN.test(whole)) return refused('it has line breaks or other hidden characters');
	const [, authority, path, query, fragment] = SHAPE.exec(link) ?? [];
	if (authority === undefined) return refused('it is no web+ssh link');
	if ((path !== '' && path !== '/') || fragment !== undefined)
		return refused('it asks for more than a session');

	const at = authority.lastIndexOf('@');
	const [name, ...passwords] = authority.slice(0, Math.max(0, at)).split(':');
	if (passwords.length > 0) return refused('it holds a password');
	const [host = '', ...ports] = authority.slice(at + 1).split(':');
	if (ports.length > 1) return refused('it names no machine of a tailnet');
	if (ports.some((port) => port !== '' && port !== '22'))
		return refused('it names a port other than 22');
	const node = parseNodeName(host);
	if (node === null) return refused('it names no machine of a tailnet');

	const params = [...new URLSearchParams(query ?? '')];
	if (params.some(([key]) => key !== 'user')) return refused('it asks for more than a session');
	const users = [decoded(name ?? '') ?? '', ...params.map(([, user]) => user)].filter(
		(user) => user !== ''
	);
	if (users.length > 1) return refused('it names two users');
	return { ok: true, node, user: users[0] ?? '' };
}

const refused = (reason: string): SshLink => ({ ok: false, reason });

/** null where the percent signs mean nothing. */
function decoded(text: string): string | null {
	try {
		return decodeURIComponent(text);
	} catch (cause) {
		if (cause instanceof URIError) return null;
		throw cause;
	}
}
