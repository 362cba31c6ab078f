// People sign in at Headscale itself, by its own OIDC pages, as they would to add a machine: that is
// what creates their Headscale user with issuer and subject. Node; used by the demo and the tests.
import type { Headscale, HeadscaleUser } from './headscale';

/** Signs `login` in at Headscale (password = login) and stops before a machine would be added.
 *  @throws Error naming the page that did not do what it should. */
export async function signInAtHeadscale(
	headscale: Headscale,
	login: string
): Promise<HeadscaleUser> {
	const browser = new FormBrowser(headscale);
	// Any well-formed registration id starts the sign-in; without a machine it ends unconfirmed.
	const page = await browser.get(`${headscale.url}/register/${headscale.newRegistrationId()}`);
	const form = formOf(page);
	if (form === null) throw new Error(`no sign-in form at ${page.url}: ${page.html.slice(0, 400)}`);
	const last = await browser.post(form.action, { login, password: login });
	const user = (await headscale.users()).find(
		({ name, provider }) => name === login && provider === 'oidc'
	);
	if (user === undefined) {
		throw new Error(
			`${login} signed in, but Headscale has no such user: ${last.html.slice(0, 400)}`
		);
	}
	return user;
}

/** Makes sure that `login` is the one Headscale user of that name, and carries the present issuer. A
 *  provider that had to move to another port is another issuer: who came by the former one is forgotten. */
export async function linkPerson(
	headscale: Headscale,
	{ login, issuer }: { readonly login: string; readonly issuer: string }
): Promise<HeadscaleUser> {
	const providerId = `${issuer}/${login}`;
	const namesakes = (await headscale.users()).filter(({ name }) => name === login);
	for (const stale of namesakes.filter((user) => user.providerId !== providerId)) {
		const nodes = (await headscale.nodes()).filter(({ user }) => user?.id === stale.id);
		for (const node of nodes) await headscale.deleteNode(node.id);
		await headscale.deleteUser(stale.id);
	}
	const present = namesakes.find((user) => user.providerId === providerId);
	return present ?? signInAtHeadscale(headscale, login);
}

/** Adds a machine as its owner does: opens the page that `tailscale up` names, signs in (password = login) and
 *  confirms the machine where Headscale asks (since 0.29).
 *  @throws Error naming the page that did not do what it should. */
export async function registerMachine(url: string, login: string): Promise<void> {
	const browser = new FormBrowser();
	const page = await browser.get(url);
	const form = formOf(page);
	if (form === null) throw new Error(`no sign-in form at ${page.url}: ${page.html.slice(0, 400)}`);
	const last = await browser.post(form.action, { login, password: login });
	const confirmation = formOf(last);
	if (confirmation !== null) await browser.post(confirmation.action, confirmation.hidden);
}

/** The one form of a page; null where there is none. */
function formOf(page: Page): {
	readonly action: string;
	readonly hidden: Readonly<Record<string, string>>;
} | null {
	const attribute = (tag: string, name: string) =>
		new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&') ?? '';
	const [tag] = /<form\b[^>]*>/.exec(page.html) ?? [];
	if (tag === undefined) return null;
	const inputs = [...page.html.matchAll(/<input\b[^>]*>/g)]
		.map(([input]) => input)
		.filter((input) => attribute(input, 'type') === 'hidden');
	return {
		action: new URL(attribute(tag, 'action'), page.url).href,
		hidden: Object.fromEntries(
			inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')])
		)
	};
}

interface Page {
	readonly url: string;
	readonly html: string;
}

/** As much of a browser as a form needs: cookies per host and redirects. */
class FormBrowser {
	readonly #cookies = new Map<string, Map<string, string>>();
	readonly #headscale: Headscale | null;

	/** @param headscale whose pages are asked for past what stands before it */
	constructor(headscale: Headscale | null = null) {
		this.#headscale = headscale;
	}

	async get(url: string): Promise<Page> {
		return this.#follow(url, { method: 'GET' });
	}

	async post(url: string, form: Readonly<Record<string, string>>): Promise<Page> {
		return this.#follow(url, { method: 'POST', body: new URLSearchParams(form) });
	}

	async #follow(start: string, first: RequestInit): Promise<Page> {
		let url = start;
		let init = first;
		for (let hops = 0; hops < 12; hops += 1) {
			// Past the proxy before it, whose CA this program does not trust.
			const { serverUrl = '', url: inside = '' } = this.#headscale ?? {};
			if (serverUrl !== '' && url.startsWith(`${serverUrl}/`))
				url = inside + url.slice(serverUrl.length);
			const { host } = new URL(url);
			const jar = this.#cookies.get(host) ?? new Map<string, string>();
			this.#cookies.set(host, jar);
			const response = await fetch(url, {
				...init,
				redirect: 'manual',
				headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
				signal: AbortSignal.timeout(15_000)
			});
			for (const line of response.headers.getSetCookie()) {
				const [pair = ''] = line.split(';', 1);
				const at = pair.indexOf('=');
				if (at > 0) jar.set(pair.slice(0, at), pair.slice(at + 1));
			}
			const html = await response.text();
			const next = response.headers.get('location');
			if (next === null) return { url, html };
			url = new URL(next, url).href;
			init = { method: 'GET' };
		}
		throw new Error(`too many redirects from ${start}`);
	}
}
