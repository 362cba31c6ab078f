// unknown → a value of a contract, or null. Small parsers that more than one realm needs.
import type { Login, NodeName } from './ids';

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** Ends a `switch` over a union: a new variant fails to compile, a stranger fails loudly. */
export function assertNever(value: never): never {
	throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}

/** Epoch milliseconds that a date can be made of, as the formatters want it. */
export const isTimeMs = (value: unknown): value is number =>
	typeof value === 'number' && Math.abs(value) <= 8.64e15;

/** Whether a JSON text nests deeper than this: a parser that calls itself would end the stack. Brackets in
 *  texts and comments count, too, which those of a sane file make up for. */
export function isNestedBeyond(depthMax: number, text: string): boolean {
	let depth = 0;
	for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
		depth += bracket === '[' || bracket === '{' ? 1 : -1;
		if (depth > depthMax) return true;
	}
	return false;
}

export type LoginFault = 'empty' | 'too-long' | 'leading-dash' | 'characters';

/** A Linux account name, or an AD one (`DOMAIN\me`, `me@domain`); never something a shell or ssh could misread. */
export function parseLogin(
	text: string
):
	| { readonly ok: true; readonly login: Login }
	| { readonly ok: false; readonly fault: LoginFault } {
	if (text === '') return { ok: false, fault: 'empty' };
	if (text.length > 64) return { ok: false, fault: 'too-long' };
	if (text.startsWith('-')) return { ok: false, fault: 'leading-dash' };
	if (!/^[\p{L}\p{N}_.][\p{L}\p{N}_.\\@-]*\$?$/u.test(text))
		return { ok: false, fault: 'characters' };
	return { ok: true, login: text as Login };
}

/** A node name as MagicDNS allows it (first label), lower-cased. */
export function parseNodeName(text: string): NodeName | null {
	const name = text.toLowerCase();
	return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) ? (name as NodeName) : null;
}

/** Five attempts' cookies and the session's fit into what the server reads of a request's head. */
const RETURN_PATH_MAX_CHARS = 1_024;

/** A path of this origin to return to after sign-in; `/` for anything else (SECURITY 4.20).
 *  As long as a cookie has room for, once what is no ASCII is written out.
 *  @param origin the app's own origin */
export function parseReturnPath(text: string | null, origin: string): string {
	// eslint-disable-next-line no-control-regex -- control characters are what is refused here
	if (text === null || text.length > RETURN_PATH_MAX_CHARS || /[\u0000-\u001f\u007f\\]/.test(text))
		return '/';
	if (!text.startsWith('/') || text.startsWith('//') || /%(0[0-9a-f]|1[0-9a-f]|5c|7f)/i.test(text))
		return '/';
	if (!URL.canParse(text, origin)) return '/';
	const url = new URL(text, origin);
	// `/.//evil.example` is a path of ours until its dots are gone.
	if (url.origin !== origin || url.pathname.startsWith('//')) return '/';
	const path = url.pathname + url.search + url.hash;
	return path.length > RETURN_PATH_MAX_CHARS ? '/' : path;
}
