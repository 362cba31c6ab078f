// How many sign-ins and keys a second: what the server adds to its provider's and Headscale's own pace.
import type { Headscale } from '../../stack/headscale';
import { Browser } from '../integration/server/browser';

/** Asking at once; Headscale's two bcrypts for a key fill two cores with fewer. */
const PARALLEL = 4;

/** Signs people in, each in a browser of their own. @returns the browsers in their order, and how many a second */
export async function signIn(
	origin: string,
	logins: readonly string[]
): Promise<{ readonly browsers: readonly Browser[]; readonly perS: number }> {
	const browsers = logins.map(() => new Browser(origin));
	const waiting = logins.entries();
	const startMs = performance.now();
	await Promise.all(
		Array.from({ length: PARALLEL }, async () => {
			for (const [i, login] of waiting) {
				const browser = browsers[i] ?? new Browser(origin);
				const page = await browser.signIn(login);
				if (!browser.cookieHeader(origin).includes(`${browser.sessionCookie}=`))
					throw new Error(`${login} is not signed in: ${String(page.status)} ${page.url}`);
			}
		})
	);
	return { browsers, perS: (logins.length * 1_000) / (performance.now() - startMs) };
}

/** Keys that a person's windows get through the server. */
export async function keysPerS(browser: Browser, origin: string, seconds: number): Promise<number> {
	return perS(seconds, async () => {
		const { status, text } = await browser.post(`${origin}/api/keys`, {});
		if (status !== 200) throw new Error(`no key: ${String(status)} ${text}`);
	});
}

/** The same asked of Headscale itself. */
export async function headscaleKeysPerS(
	headscale: Headscale,
	userId: string,
	seconds: number
): Promise<number> {
	return perS(seconds, async () => {
		await headscale.createPreAuthKey({ userId, isEphemeral: true, ttlS: 300 });
	});
}

async function perS(seconds: number, ask: () => Promise<void>): Promise<number> {
	const startMs = performance.now();
	const endMs = startMs + seconds * 1_000;
	let count = 0;
	await Promise.all(
		Array.from({ length: PARALLEL }, async () => {
			while (performance.now() < endMs) {
				await ask();
				count += 1;
			}
		})
	);
	return (count * 1_000) / (performance.now() - startMs);
}
