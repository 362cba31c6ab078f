// Who sent a window to a launch URL, as far as the request tells: the server hands the browser's own
// `Sec-Fetch-Site` back in a `Server-Timing`, the only header of its page that a window can read. A referrer
// does not tell, since the sender may leave it out. Shared by server and window.

/** Name of the entry in `Server-Timing`. */
const NAME = 'site';

/** Paths whose page gets the header. */
export const isLaunchPath = (pathname: string): boolean =>
	pathname === '/connect' || pathname.startsWith('/connect/');

/** The header's value. @param site `Sec-Fetch-Site` as sent; null where the browser sends none */
export const launchTiming = (site: string | null): string =>
	`${NAME};desc="${site === 'none' || site === 'same-origin' ? 'own' : 'foreign'}"`;

/** @param timings of the page's navigation
 *  @returns whether the person came by themselves: typed it, took a bookmark, or was sent by the app. Also
 *  false where nobody knows */
export const isOwnLaunch = (
	timings: readonly { readonly name: string; readonly description: string }[]
): boolean => timings.some(({ name, description }) => name === NAME && description === 'own');
