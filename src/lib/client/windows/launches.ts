// What a launch of the OS, a shortcut or a link opens in this window: once from the URL that the window
// was loaded with, and each time the OS hands it another one. Window only; Workspace calls it.
import { followLaunches, launchQueueOf, type Launch } from '../launcher/launch-params';
import type { AppClient } from '../context';
import type { WindowView } from './window-view.svelte';

/** The launch of the window's own URL.
 *  @returns whether there was one */
export function openLaunch(launch: Launch | null, view: WindowView): boolean {
	if (launch === null) return false;
	switch (launch.kind) {
		case 'new':
			view.showMachines();
			break;
		case 'refused':
			view.refuse(launch.error);
			break;
		case 'connect': {
			const { node, login, user, isForeign } = launch;
			if (isForeign) view.ask(node, user, true);
			else if (login !== null) view.connect({ node, login });
			else if (user === '') view.connectTo(node);
			else view.ask(node, user);
		}
	}
	return true;
}

/** A link or a shortcut reaches the window that is open, beside its tabs. */
export function receiveLaunches(
	view: WindowView,
	{ menuToken, settings }: Pick<AppClient, 'menuToken' | 'settings'>
): void {
	const queue = launchQueueOf(window);
	if (queue === null) return;
	const [entry] = performance.getEntriesByType('navigation');
	followLaunches(queue, {
		origin: location.origin,
		token: menuToken,
		loadedFrom: entry?.name ?? location.href,
		isReload: entry instanceof PerformanceNavigationTiming && entry.type === 'reload',
		onlaunch: (launch, url) => {
			// The manifest says so, too; the OS may not have heard of it yet.
			if (settings.values.isLaunchInNewWindow && window.open(url) !== null) return;
			openLaunch(launch, view);
		}
	});
}
