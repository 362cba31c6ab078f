// Messages between window and service worker. Shared by both; no I/O.

/** A window → service worker, by `postMessage` with a MessagePort for the answer. */
export type ToServiceWorker =
	/** Sent by workbox-window: the waiting version takes over. */
	| { readonly type: 'SKIP_WAITING' }
	/** Sent by a window that was loaded past the worker: it wants to be served by it from now on. */
	| { readonly type: 'claim' }
	/** Signed out: caches and lists that name machines or people are forgotten. */
	| { readonly type: 'forget-person' };
