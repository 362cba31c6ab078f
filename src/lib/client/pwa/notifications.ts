// What the browser offers to call a person: notifications, and the number on the app's icon. Window only;
// app-client hands them to Attention.
import type { Attention, Badge, Call } from './attention.svelte';

/** Choosing it brings the window and the terminal into view.
 *  @returns how to take it back; null where the browser shows none */
export function notify({ id, title, text, show }: Call): (() => void) | null {
	if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return null;
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

/** Tells when the person looks at this window and away. @returns stop */
export function watchFocus(attention: Pick<Attention, 'focused'>): () => void {
	const stop = new AbortController();
	const tell = () => {
		attention.focused(isLookedAt());
	};
	addEventListener('focus', tell, { signal: stop.signal });
	addEventListener('blur', tell, { signal: stop.signal });
	document.addEventListener('visibilitychange', tell, { signal: stop.signal });
	return () => {
		stop.abort();
	};
}
