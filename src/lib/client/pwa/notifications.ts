// What the browser offers to call a person: notifications, and the number on the app's icon. Window only;
// app-client hands them to Attention.
import { isRecord } from '$lib/contracts/parse';
import type { CallChosen, ToServiceWorker } from '$lib/contracts/service-worker';
import type { Attention, Badge, Call } from './attention.svelte';

/** Shows calls as notifications: by the service worker, which every browser lets show them; by the page
 *  where none serves it. */
export class Notifier {
	readonly #workers: ServiceWorkerContainer | null;
	readonly #stop = new AbortController();
	readonly #calls = new Map<string, Call>();

	/** @param workers null where the browser or the address has none */
	constructor(workers: ServiceWorkerContainer | null) {
		this.#workers = workers;
		workers?.addEventListener(
			'message',
			({ data }: MessageEvent<unknown>) => {
				if (!isRecord(data) || data['type'] !== ('call/chosen' satisfies CallChosen['type']))
					return;
				const id = data['id'];
				if (typeof id === 'string') this.#calls.get(id)?.show();
			},
			{ signal: this.#stop.signal }
		);
	}

	/** Choosing it brings the window and the terminal into view.
	 *  @returns how to take it back; null where the browser shows none */
	readonly notify = (call: Call): (() => void) | null => {
		if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return null;
		if (this.#workers?.controller === null || this.#workers === null) return notifyByPage(call);
		const { id, title, text } = call;
		this.#calls.set(id, call);
		this.#say({ type: 'call/show', id, title, text });
		return () => {
			this.#calls.delete(id);
			this.#say({ type: 'call/take-back', id });
		};
	};

	dispose(): void {
		this.#stop.abort();
	}

	#say(message: ToServiceWorker): void {
		this.#workers?.controller?.postMessage(message);
	}
}

/** The browser's own; null in development, where no worker is built. */
export const notifyingWorkers = (): ServiceWorkerContainer | null =>
	import.meta.env.PROD && 'serviceWorker' in navigator ? navigator.serviceWorker : null;

function notifyByPage({ id, title, text, show }: Call): (() => void) | null {
	let shown: Notification;
	try {
		// The same terminal calls in the same place, and never twice with a sound.
		shown = new Notification(title, { body: text, tag: id, icon: '/icons/icon-192.png' });
	} catch (cause) {
		// Chromium on Android has the constructor and refuses it.
		if (cause instanceof TypeError) return null;
		throw cause;
	}
	shown.onclick = () => {
		window.focus();
		show();
		shown.close();
	};
	return () => {
		shown.close();
	};
}

/** The number on the icon; null where the browser has none. */
export const iconBadge = (): Badge | null =>
	'setAppBadge' in navigator && 'clearAppBadge' in navigator ? navigator : null;

/** Whether the person looks at this window now. */
export const isLookedAt = (): boolean =>
	document.visibilityState === 'visible' && document.hasFocus();

/** Tells when the person looks at this window and away, and when it closes. @returns stop */
export function watchFocus(attention: Pick<Attention, 'focused' | 'left'>): () => void {
	const stop = new AbortController();
	const tell = () => {
		attention.focused(isLookedAt());
	};
	addEventListener('focus', tell, { signal: stop.signal });
	addEventListener('blur', tell, { signal: stop.signal });
	document.addEventListener('visibilitychange', tell, { signal: stop.signal });
	addEventListener(
		'pagehide',
		() => {
			attention.left();
		},
		{ signal: stop.signal }
	);
	return () => {
		stop.abort();
	};
}
