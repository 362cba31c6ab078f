// What window and service worker say to each other, and the names they share. Shared by both; no I/O.

/** A window → service worker, by `postMessage`; those that are answered carry a MessagePort. */
export type ToServiceWorker =
	/** Sent by workbox-window: the waiting version takes over. */
	| { readonly type: 'SKIP_WAITING' }
	/** Sent by a window that was loaded past the worker (shift-reload) and wants to be served by it. */
	| { readonly type: 'claim' }
	/** A window has joined and has time: fetch what of the assets is not kept, drop what nobody uses.
	 *  Answered with KeepAnswer. */
	| { readonly type: 'assets/keep' }
	/** A window asks once, at launch, which build serves it. Answered with BuildAnswer. */
	| { readonly type: 'build/ask' }
	/** A terminal of the window calls for the person, who wants notifications: shows one. */
	| {
			readonly type: 'call/show';
			/** Of the terminal, among those of its window. */
			readonly id: string;
			readonly title: string;
			readonly text: string;
	  }
	/** The person sees that terminal, or it is gone: its notification goes. */
	| { readonly type: 'call/take-back'; readonly id: string };

/** The service worker → the window whose notification was chosen: it brings that terminal into view. */
export interface CallChosen {
	readonly type: 'call/chosen';
	readonly id: string;
}

export interface KeepAnswer {
	/** All of them lie on this device. */
	readonly isComplete: boolean;
	/** The browser refused the room for it. */
	readonly isFull: boolean;
}

export interface BuildAnswer {
	/** Names the build by its content. */
	readonly build: string;
}

/** Paths that the app draws itself: the service worker answers their navigation with the shell. */
export const SHELL_PATHS =
	/^\/(?:connect(?:\/[^/]+)?|settings(?:\/[a-z-]+)?|admin(?:\/doctor)?)?\/?$/;

/** Web Lock (shared) of each window, by the build that serves it: its assets stay while one is held. */
export const BUILD_LOCK = 'headtab:build:';
/** Web Lock of each open session of any window. */
export const SESSION_LOCK = 'headtab:session:';
/** Web Lock of a window in which somebody types. */
export const BUSY_LOCK = 'headtab:busy:';

/** Each asset has a cache of its own: prefix, kind, SHA-256. */
export const ASSET_CACHE = 'headtab-asset-';
/** The shell's cache: prefix, build. */
export const SHELL_CACHE = 'headtab-shell-';
