// The manifest as the service worker answers it: the project's file with the device's recents among its
// shortcuts. Runs in the service worker; index.ts registers it. Needs no network and no session.
import { registerRoute } from 'workbox-routing';
import { withAppDatabase } from '$lib/storage/db';
import { OsMenuStore, withMenu } from '$lib/storage/os-menu';
import file from '../../manifest.webmanifest?raw';

const PATH = '/manifest.webmanifest';

/** Call once while the worker starts, before any other route that may match. */
export function registerManifestRoute(): void {
	registerRoute(
		({ sameOrigin, url }) => sameOrigin && url.pathname === PATH,
		() => manifestResponse()
	);
}

/** The manifest of this version with the menu in it. */
async function manifestResponse(): Promise<Response> {
	const menu = await withAppDatabase((database) => new OsMenuStore(database).load());
	const manifest: unknown = JSON.parse(file);
	return new Response(JSON.stringify(withMenu(manifest, menu)), {
		headers: { 'content-type': 'application/manifest+json', 'cache-control': 'no-store' }
	});
}
