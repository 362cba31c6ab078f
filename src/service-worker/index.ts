// Runs in the service worker. Precaches the shell's hashed files and fonts, all or nothing, and serves
// them; everything else, /api, /auth, the relay, pages with an answer in them, goes to the network
// untouched. It never takes over by itself: the window asks when no session lives.
import { cleanupOutdatedCaches, precacheAndRoute, type PrecacheEntry } from 'workbox-precaching';
import { registerManifestRoute } from './manifest';

declare const self: ServiceWorkerGlobalScope & {
	readonly __WB_MANIFEST: readonly (PrecacheEntry | string)[];
};

cleanupOutdatedCaches();
registerManifestRoute();
precacheAndRoute([...self.__WB_MANIFEST], {
	// An address is a file or it is not: no directory index, no clean URLs, no ignored parameters.
	cleanURLs: false,
	// null switches the index off; the type of workbox 7.4 knows strings alone.
	directoryIndex: '',
	ignoreURLParametersMatching: []
});

self.addEventListener('message', (event) => {
	const data: unknown = event.data;
	// workbox-window's messageSkipWaiting(): sent by the window that holds no live session.
	if (typeof data === 'object' && data !== null && 'type' in data && data.type === 'SKIP_WAITING') {
		void self.skipWaiting();
	}
});
