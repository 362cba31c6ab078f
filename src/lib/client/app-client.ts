// Builds the window's objects for one signed-in person, in the order they need each other, and ends
// them in the other. Window only; the layout is the only caller.
import type { PersonView, PublicConfig } from '$lib/contracts/api';
import { adoptPerson, openAppDatabase } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { OsMenuStore } from '$lib/storage/os-menu';
import { PeersStore } from '$lib/storage/peers';
import { PersistenceStore } from '$lib/storage/persistence';
import { ProgramCopyStore } from '$lib/storage/program-copy';
import { RecentsStore } from '$lib/storage/recents';
import { SettingsStore } from '$lib/storage/settings';
import { WindowsStore } from '$lib/storage/windows';
import type { Api } from './api';
import type { AppClient } from './context';
import { NodeClient } from './node/node-client.svelte';
import { PeerList } from './peers/peer-list.svelte';
import { Attention, ATTENTION_CHANNEL } from './pwa/attention.svelte';
import type { ManifestLink } from './pwa/manifest-link';
import { iconBadge, isLookedAt, Notifier, notifyingWorkers, watchFocus } from './pwa/notifications';
import { OsMenuWriter } from './pwa/os-menu.svelte';
import type { DeviceStorage } from './pwa/device-storage.svelte';
import type { SessionLocks } from './pwa/session-locks';
import { watchSession } from './pwa/session-watch.svelte';
import type { WorkerLink } from './pwa/worker-link';
import { Recents } from './recents/recents.svelte';
import { SshSession } from './sessions/ssh-session.svelte';
import { Settings } from './settings/settings.svelte';
import { TabStrip } from './tabs/tab-strip.svelte';
import { openAppWindow } from './windows/open-window';
import { MOVE_PARAM, WINDOWS_CHANNEL, WindowKeeper } from './windows/window-keeper.svelte';

export interface AppClientOptions {
	readonly api: Api;
	readonly person: PersonView;
	readonly config: PublicConfig;
	readonly manifestLink: ManifestLink;
	/** Query of the launch URL. */
	readonly search: string;
	readonly locks: SessionLocks;
	readonly storage: DeviceStorage;
	readonly worker: WorkerLink;
}

export interface OwnedAppClient extends AppClient {
	/** Ends sessions, node and channels; idempotent. */
	dispose(): void;
}

/** Opens storage and builds; the node is started by whoever shows it. */
export async function buildAppClient(options: AppClientOptions): Promise<OwnedAppClient> {
	const { api, person, config, storage } = options;
	const database = await openAppDatabase(() => {
		storage.noteRefusal();
	});
	storage.noteDatabase(database.isPersistent);
	// The browser may have been given the menu of the former one with this very page.
	if (await adoptPerson(database, person.id)) void options.manifestLink.refresh();
	const settings = new Settings({ storage: new SettingsStore(database), search: options.search });
	const recents = new Recents({ storage: new RecentsStore(database) });
	const menuStore = new OsMenuStore(database);
	const menuToken = await menuStore.token();
	const hostKeys = new HostKeyStore(database);
	const programCopies = new ProgramCopyStore(database);
	const persistence = new PersistenceStore(database);
	const node = new NodeClient({
		config,
		api,
		chooseModule: (fromServer) => options.worker.module(fromServer)
	});
	const peers = new PeerList({ node, storage: new PeersStore(database) });
	const notifier = new Notifier(notifyingWorkers());
	const attention = new Attention({
		settings,
		badge: iconBadge(),
		notify: notifier.notify,
		channel: new BroadcastChannel(ATTENTION_CHANNEL),
		isFocused: isLookedAt(),
		windowId: crypto.randomUUID()
	});
	const stopWatchingFocus = watchFocus(attention);
	const menu = new OsMenuWriter({
		recents,
		peers,
		settings,
		storage: menuStore,
		link: options.manifestLink
	});
	const tabs = new TabStrip({
		createSession: (target) =>
			new SshSession({
				peers,
				node,
				hostKeys,
				target,
				startUpOf: (name) => recents.byNode(name)?.startUp ?? null,
				// Only a shell that opened is worth remembering; a mistyped user is not.
				onOpen: () => {
					void recents.remember(target.node, target.login);
					void storage.askOnce(persistence);
				}
			}),
		watch: (session) => watchSession(session, options.locks),
		onEnded: ({ node: name }, end) => void recents.setLastEnd(name, { ...end, atMs: Date.now() })
	});
	const windows = new WindowKeeper({
		storage: new WindowsStore(database),
		tabs,
		notes: sessionStorage,
		locks: 'locks' in navigator ? navigator.locks : null,
		channel: new BroadcastChannel(WINDOWS_CHANNEL),
		restore: async () => {
			await settings.loaded;
			return settings.values.restore;
		},
		openWindow: openAppWindow,
		moved: new URLSearchParams(options.search).get(MOVE_PARAM)
	});
	void windows.start();
	let isDisposed = false;
	return {
		person,
		config,
		api,
		node,
		peers,
		recents,
		settings,
		hostKeys,
		programCopies,
		tabs,
		windows,
		menuToken,
		attention,
		get isStoragePersistent() {
			return database.isPersistent;
		},
		dispose() {
			if (isDisposed) return;
			isDisposed = true;
			// First: what it keeps must not follow the tabs as they end.
			windows.dispose();
			menu.dispose();
			stopWatchingFocus();
			attention.dispose();
			notifier.dispose();
			tabs.dispose();
			peers.dispose();
			node.dispose();
			recents.dispose();
			settings.dispose();
			database.close();
		}
	};
}
