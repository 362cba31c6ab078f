// Runs in the service worker. Keeps what the app needs to open without a network: the app's files and
// its shell at install, all or nothing; WASM, faces and large code after the join, each in a cache of its
// own. It answers those and the manifest alone: /api, /auth, the relay and any answer with somebody's
// data in it pass by untouched. It never takes over by itself: a window asks (client/pwa/update).
import {
	cleanupOutdatedCaches,
	matchPrecache,
	precacheAndRoute,
	type PrecacheEntry
} from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { RELAY_PATH, WORKER_POLICY_PARAM } from '$lib/contracts/limits';
import { isLaunchPath } from '$lib/contracts/launch-site';
import { isRecord } from '$lib/contracts/parse';
import {
	SHELL_PATHS,
	type BuildAnswer,
	type KeepAnswer,
	type ToServiceWorker
} from '$lib/contracts/service-worker';
import { markOf } from '$lib/storage/os-menu';
import { Assets } from './assets';
import { chooseCall, showCall, takeBackCall } from './calls';
import { registerManifestRoute } from './manifest';
import { Shell } from './shell';

/** A line of the list that assets.config.ts makes. */
interface Entry extends PrecacheEntry {
	readonly isAsset?: boolean;
	readonly isOnDemand?: boolean;
}

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: readonly Entry[] };

const entries = [...self.__WB_MANIFEST];
const build = entries.find(({ url }) => url === '/')?.revision ?? 'unknown';
const files = entries.filter(({ url, isAsset }) => url !== '/' && isAsset !== true);
const assets = new Assets(
	entries.flatMap(({ url, revision, integrity, isAsset, isOnDemand = false }) =>
		isAsset === true && typeof revision === 'string' && typeof integrity === 'string'
			? [{ path: url, sha256: revision, integrity, isOnDemand }]
			: []
	)
);
const shell = new Shell(build);

cleanupOutdatedCaches();
registerManifestRoute();
precacheAndRoute(files, {
	// An address is a file or it is not: no directory index, no clean URLs, no ignored parameters.
	cleanURLs: false,
	// null switches the index off; the type of workbox 7.4 knows strings alone.
	directoryIndex: '',
	ignoreURLParametersMatching: []
});
registerRoute(
	({ sameOrigin, url }) => sameOrigin && url.search === '' && assets.find(url.pathname) !== null,
	({ event, request, url }) => assets.answer(url.pathname, request, (work) => later(event, work))
);
// The server's copy has the policy of now; without a network none is needed, and a newer server has none of this version.
registerRoute(
	({ sameOrigin, url }) => sameOrigin && url.searchParams.has(WORKER_POLICY_PARAM),
	async ({ request, url }) => {
		const answer = await fetch(request).catch(() => null);
		if (answer?.ok === true) return answer;
		return (await matchPrecache(url.pathname)) ?? answer ?? Response.error();
	}
);
registerRoute(
	({ sameOrigin, url, request }) =>
		sameOrigin && request.mode === 'navigate' && SHELL_PATHS.test(url.pathname),
	({ event, request, url }) => {
		const keep = (work: Promise<unknown>) => later(event, work);
		// Who sent the person here is the server's to tell, unless the URL proves it by itself.
		const isAsked = isLaunchPath(url.pathname) && markOf(url.hash) === null;
		return isAsked ? shell.answerFresh(request, keep) : shell.answer(request, keep);
	}
);

/** The Static Routing API, as far as browsers have it (Chromium 123). */
interface RoutingEvent extends ExtendableEvent {
	addRoutes?(rules: readonly { condition: unknown; source: 'network' }[]): Promise<void>;
}

self.addEventListener('install', (event: RoutingEvent) => {
	event.waitUntil(shell.install());
	// Past this worker altogether: they need not wait for its start, and the beacon of a closing window
	// is not lost with the process that both live in.
	const paths = ['/api/*', '/auth/*', '/healthz', `${RELAY_PATH}/*`];
	const condition = { or: paths.map((urlPattern) => ({ urlPattern })) };
	const routed = event.addRoutes?.([{ condition, source: 'network' }]);
	if (routed !== undefined) event.waitUntil(routed);
});

self.addEventListener('activate', (event) => {
	// The window of a first visit is served from here on, too.
	event.waitUntil(Promise.all([shell.removeOld(), self.clients.claim()]));
});

self.addEventListener('message', (event) => {
	const message = parse(event.data);
	switch (message?.type) {
		case 'SKIP_WAITING':
			event.waitUntil(self.skipWaiting());
			break;
		case 'claim':
			event.waitUntil(self.clients.claim());
			break;
		case 'assets/keep':
			// A window that loaded while this worker was activated is served from here on, too.
			event.waitUntil(
				Promise.all([self.clients.claim(), assets.keepAll()]).then(async ([, answer]) => {
					event.ports[0]?.postMessage(answer satisfies KeepAnswer);
					await assets.removeOld(build);
				})
			);
			break;
		case 'build/ask':
			event.ports[0]?.postMessage({ build } satisfies BuildAnswer);
			break;
		case 'call/show':
			showCall(event, message);
			break;
		case 'call/take-back':
			takeBackCall(event, message.id);
			break;
		case undefined:
	}
});

self.addEventListener('notificationclick', chooseCall);

const BARE = ['SKIP_WAITING', 'claim', 'assets/keep', 'build/ask'] as const;

function parse(data: unknown): ToServiceWorker | null {
	if (!isRecord(data)) return null;
	const type = BARE.find((known) => known === data['type']);
	if (type !== undefined) return { type };
	const { id, title, text } = data;
	if (typeof id !== 'string') return null;
	if (data['type'] === 'call/take-back') return { type: 'call/take-back', id };
	return data['type'] === 'call/show' && typeof title === 'string' && typeof text === 'string'
		? { type: 'call/show', id, title, text }
		: null;
}

/** Keeps the worker alive until the work is done, whose failure is its own affair. */
function later(event: ExtendableEvent, work: Promise<unknown>): void {
	event.waitUntil(work);
}
