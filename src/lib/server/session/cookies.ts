// Names and attributes of the app's cookies, and reading them from a raw header.
// Server only; routes write by kit's `cookies`, the relay's upgrade reads the header itself.

/** What kit's `cookies.set` takes; the same for every cookie of ours. */
export interface CookieAttributes {
	readonly path: '/';
	readonly httpOnly: true;
	readonly secure: boolean;
	/** Not strict: the callback and the app's launch come from elsewhere. */
	readonly sameSite: 'lax';
	readonly maxAge: number;
}

export class CookieNames {
	readonly session: string;
	/** One sign-in under way each; followed by its id. */
	readonly attemptPrefix: string;
	/** What the last sign-in ended with; read once. */
	readonly fault: string;
	readonly #isSecure: boolean;

	constructor(origin: string) {
		const url = new URL(origin);
		this.#isSecure = url.protocol === 'https:';
		// Without https a browser refuses `__Host-`. Cookies ignore the port, so two apps on one
		// loopback address would overwrite each other without it in the name.
		const prefix = this.#isSecure ? '__Host-headtab' : `headtab-${url.port}`;
		this.session = prefix;
		this.attemptPrefix = `${prefix}-login-`;
		this.fault = `${prefix}-fault`;
	}

	attributes(maxAgeS: number): CookieAttributes {
		return { path: '/', httpOnly: true, secure: this.#isSecure, sameSite: 'lax', maxAge: maxAgeS };
	}
}

/** Value of one cookie in a `Cookie` header; undefined when absent, or there twice with different values. */
export function readCookie(header: string | undefined, name: string): string | undefined {
	const values = new Set<string>();
	for (const part of (header ?? '').split(';')) {
		const at = part.indexOf('=');
		if (at > 0 && part.slice(0, at).trim() === name) values.add(part.slice(at + 1).trim());
	}
	return values.size === 1 ? [...values][0] : undefined;
}
