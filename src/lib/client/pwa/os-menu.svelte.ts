// Keeps the OS menu of the app's icon equal to what the person uses: writes the menu down, and has the
// browser fetch the manifest again when what is visible of it changed. Window only; app-client builds one.
import type { Peer } from '$lib/contracts/tailnet';
import { OS_MENU_DEBOUNCE_MS } from '$lib/contracts/limits';
import { menuEntries, type OsMenu, type OsMenuStore } from '$lib/storage/os-menu';
import type { RecentRecord } from '$lib/storage/recents';
import type { SettingsRecord } from '$lib/storage/settings';
import { systemClock, type Clock, type Timer } from '../clock';
import type { ManifestLink } from './manifest-link';

export interface OsMenuWriterOptions {
	readonly recents: { readonly all: readonly RecentRecord[]; readonly isLoaded: boolean };
	readonly peers: {
		readonly peers: readonly Peer[];
		readonly isLive: boolean;
		readonly savedAtMs: number | null;
	};
	readonly settings: { readonly values: SettingsRecord; readonly isLoaded: boolean };
	readonly storage: Pick<OsMenuStore, 'load' | 'save'>;
	readonly link: Pick<ManifestLink, 'refresh' | 'wasServed'>;
	readonly clock?: Clock;
}

export class OsMenuWriter {
	readonly #options: OsMenuWriterOptions;
	readonly #clock: Clock;
	readonly #stop: () => void;
	/** What the browser was last given, as text. */
	#given: Promise<string>;
	/** What was written last: netmaps come often, and change the menu rarely. */
	#asked = '';
	#timer: Timer | null = null;
	#isDisposed = false;

	constructor(options: OsMenuWriterOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		// Past the worker the page got the plain manifest: nothing of ours is in the menu.
		this.#given = options.link.wasServed
			? options.storage.load().then(textOf)
			: Promise.resolve(NOTHING);
		this.#stop = $effect.root(() => {
			$effect(() => {
				const { recents, peers, settings } = this.#options;
				// A list that is not read yet must not empty the menu.
				if (!recents.isLoaded || !settings.isLoaded) return;
				if (!peers.isLive && peers.savedAtMs === null) return;
				const values = settings.values;
				const entries = menuEntries({
					records: recents.all,
					peers: peers.peers,
					settings: values
				});
				const menu = { entries, isInNewWindow: values.isLaunchInNewWindow };
				const asked = JSON.stringify(menu);
				if (asked === this.#asked) return;
				this.#asked = asked;
				void this.#write(menu);
			});
		});
	}

	dispose(): void {
		this.#isDisposed = true;
		this.#stop();
		if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
	}

	/** At once in storage, so that any window's next load has it; to the browser after a while: Chromium
	 *  takes the menu away for some 0.4 s while it writes it. */
	async #write(menu: Parameters<OsMenuStore['save']>[0]): Promise<void> {
		const written = textOf(await this.#options.storage.save(menu));
		const given = await this.#given;
		if (this.#isDisposed) return;
		if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
		this.#timer = null;
		if (written === given) return;
		this.#timer = this.#clock.setTimeout(() => {
			this.#timer = null;
			this.#given = Promise.resolve(written);
			void this.#options.link.refresh();
		}, OS_MENU_DEBOUNCE_MS);
	}
}

/** Stands for the plain manifest. */
const NOTHING = '';

/** What the browser sees of a menu. */
const textOf = (menu: OsMenu | null): string =>
	menu === null || (menu.entries.length === 0 && !menu.isInNewWindow)
		? NOTHING
		: JSON.stringify([
				menu.token,
				menu.isInNewWindow,
				...menu.entries.map(({ node, login }) => [node, login])
			]);
