// Opens one more window of the app. Window only; the keeper and the workspace use it.
import { isInstalledApp } from '../pwa/install.svelte';

/** In the browser a tab of its own process and history; installed, a window that knows who opened it:
 *  the browser would hand any other one to the window that is open (manifest: `focus-existing`).
 *  @param path on our origin */
export function openAppWindow(path: string): void {
	window.open(path, '_blank', isInstalledApp() ? '' : 'noopener');
}
