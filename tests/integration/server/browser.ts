// As much of a browser as signing in needs: cookies per host and port, redirects, forms.
const MAX_HOPS = 15;

export interface Page {
	readonly url: string;
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	readonly setCookie: readonly string[];
	/** Every answer on the way, the last included. */
	readonly hops: readonly {
		readonly url: string;
		readonly status: number;
		readonly location: string | null;
	}[];
	json(): unknown;
}

export class Browser {
	readonly #origin: string;
	readonly #jars = new Map<string, Map<string, string>>();
	readonly #patienceMs: number | null;

	/** @param cookies of the app, as a `Cookie` header
	 *  @param patienceMs how long one page may load; as long as the runtime waits when null */
	constructor(origin: string, cookies = '', patienceMs: number | null = null) {
		this.#origin = origin;
		this.#patienceMs = patienceMs;
		for (const pair of cookies.split('; ').filter((part) => part !== '')) {
			const at = pair.indexOf('=');
			this.#jar(origin).set(pair.slice(0, at), pair.slice(at + 1));
		}
	}

	/** Name of the app's session cookie on loopback http. */
	get sessionCookie(): string {
		return `headtab-${new URL(this.#origin).port}`;
	}

	cookieHeader(url: string): string {
		return [...this.#jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
	}

	/** Drops the cookies of every host but the app's: the provider asks again. */
	forgetProvider(): void {
		for (const host of this.#jars.keys())
			if (host !== new URL(this.#origin).host) this.#jars.delete(host);
	}

	get(url: string): Promise<Page> {
		return this.send('GET', url);
	}

	/** JSON from the app's own page. */
	post(url: string, body: unknown): Promise<Page> {
		return this.send('POST', url, {
			body: JSON.stringify(body),
			headers: { 'content-type': 'application/json' }
		});
	}

	/** One request and its redirects. A header of null is left out; Origin is the app's unless given. */
	async send(
		method: string,
		start: string,
		options: {
			readonly body?: string;
			readonly headers?: Readonly<Record<string, string | null>>;
			/** Does not go on to an address that begins so; it is the last hop's `location`. */
			readonly stopsBefore?: string;
		} = {}
	): Promise<Page> {
		const hops: { url: string; status: number; location: string | null }[] = [];
		let url = start;
		let init: RequestInit = {
			method,
			...(options.body === undefined ? {} : { body: options.body })
		};
		let extra: Readonly<Record<string, string | null>> = options.headers ?? {};
		while (hops.length < MAX_HOPS) {
			const own: Record<string, string | null> =
				init.method === 'GET' || init.method === 'HEAD' ? {} : { origin: new URL(url).origin };
			const all: Record<string, string | null> = {
				...own,
				...extra,
				cookie: this.cookieHeader(url)
			};
			const headers = Object.entries(all).filter(
				(entry): entry is [string, string] => entry[1] !== null
			);
			const response = await fetch(url, {
				...init,
				headers,
				redirect: 'manual',
				...(this.#patienceMs === null ? {} : { signal: AbortSignal.timeout(this.#patienceMs) })
			});
			for (const line of response.headers.getSetCookie()) this.#keep(url, line);
			const location = response.headers.get('location');
			hops.push({ url, status: response.status, location });
			const text = await response.text();
			const isStopped =
				options.stopsBefore !== undefined && location?.startsWith(options.stopsBefore) === true;
			if (isStopped || location === null || response.status < 300 || response.status > 399)
				return {
					url,
					status: response.status,
					headers: response.headers,
					text,
					setCookie: response.headers.getSetCookie(),
					hops,
					json: () => JSON.parse(text) as unknown
				};
			url = new URL(location, url).href;
			init = { method: 'GET' };
			extra = {};
		}
		throw new Error(`too many redirects from ${start}`);
	}

	/** Signs in at the provider with login = password.
	 *  @param stopsBefore does not go on to an address that begins so */
	async signIn(login: string, returnTo = '/', stopsBefore?: string): Promise<Page> {
		const form = await this.get(
			`${this.#origin}/auth/login?returnTo=${encodeURIComponent(returnTo)}`
		);
		const action = /<form[^>]* action="([^"]+)"/.exec(form.text)?.[1];
		if (action === undefined) return form;
		return this.send('POST', new URL(action, form.url).href, {
			body: new URLSearchParams({ login, password: login }).toString(),
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
			...(stopsBefore === undefined ? {} : { stopsBefore })
		});
	}

	#jar(url: string): Map<string, string> {
		const { host } = new URL(url);
		const jar = this.#jars.get(host) ?? new Map<string, string>();
		this.#jars.set(host, jar);
		return jar;
	}

	#keep(url: string, line: string): void {
		const [pair = ''] = line.split(';', 1);
		const at = pair.indexOf('=');
		const name = pair.slice(0, at);
		if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) this.#jar(url).delete(name);
		else this.#jar(url).set(name, pair.slice(at + 1));
	}
}
