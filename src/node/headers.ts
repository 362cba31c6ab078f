// Security headers of every answer: pages, static files, workers, the module, errors.
// Node; called by main.ts and dev-plugin.ts, because kit's hooks see neither static files nor upgrades.
import type { ServerResponse } from 'node:http';

export interface HeaderOptions {
	readonly origin: string;
	readonly isSecure: boolean;
	/** Origins beside its own that a window may connect to (direct mode). */
	readonly connectSources: readonly string[];
}

/** Script hashes that kit wrote into its own policy for the page at hand. */
const SCRIPT_HASH = /'sha(?:256|384|512)-[A-Za-z0-9+/=]+'/g;

/** The policy of one answer. A worker obeys the one on its own script, so all answers get it. */
export function contentSecurityPolicy(
	options: HeaderOptions,
	scriptHashes: readonly string[]
): string {
	const { origin, isSecure, connectSources } = options;
	// Older Safari does not take wss: of the same host for 'self'.
	const socket = origin.replace(/^http/, 'ws');
	return [
		`default-src 'none'`,
		['script-src', `'self'`, `'wasm-unsafe-eval'`, ...scriptHashes].join(' '),
		`style-src 'self'`,
		`style-src-attr 'unsafe-inline'`,
		`img-src 'self' data: blob:`,
		`font-src 'self'`,
		['connect-src', `'self'`, socket, ...connectSources].join(' '),
		`worker-src 'self'`,
		`manifest-src 'self'`,
		`frame-src 'none'`,
		`object-src 'none'`,
		`base-uri 'none'`,
		`form-action 'self'`,
		`frame-ancestors 'none'`,
		...(isSecure ? ['upgrade-insecure-requests'] : [])
	].join('; ');
}

/** Headers that are the same on every answer. */
export function fixedHeaders(options: HeaderOptions): Readonly<Record<string, string>> {
	return {
		'x-content-type-options': 'nosniff',
		'x-frame-options': 'DENY',
		// Asked about again before each use, unless an answer says otherwise.
		'cache-control': 'no-cache',
		// Not no-referrer: under it a form's POST carries `Origin: null`, which is refused.
		'referrer-policy': 'same-origin',
		'cross-origin-opener-policy': 'same-origin',
		'cross-origin-resource-policy': 'same-origin',
		'permissions-policy':
			'camera=(), microphone=(), geolocation=(), usb=(), serial=(), clipboard-read=(self), clipboard-write=(self), local-fonts=(self)',
		...(options.isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {})
	};
}

/** What an answer without a script of its own has, a refused upgrade included. */
export const plainHeaders = (options: HeaderOptions): Readonly<Record<string, string>> => ({
	...fixedHeaders(options),
	'content-security-policy': contentSecurityPolicy(options, [])
});

/** Puts the headers on an answer at the moment its head is written, over what kit has set. */
export function secure(response: ServerResponse, options: HeaderOptions): void {
	for (const [name, value] of Object.entries(plainHeaders(options)))
		response.setHeader(name, value);
	const setHeader = response.setHeader.bind(response);
	response.setHeader = (name, value) => {
		if (name.toLowerCase() !== 'content-security-policy') return setHeader(name, value);
		const hashes = String(value).match(SCRIPT_HASH) ?? [];
		return setHeader(name, contentSecurityPolicy(options, hashes));
	};
	// "Not modified" carries no page, so kit sends no hashes with it; a browser would put this policy
	// over the stored page's own and block its script. Without one the stored policy stays.
	response.writeHead = new Proxy(response.writeHead.bind(response), {
		apply: (writeHead, _, args: readonly unknown[]): unknown => {
			if (args[0] === 304) response.removeHeader('content-security-policy');
			return Reflect.apply(writeHead, undefined, args);
		}
	});
}
