// What the layout publishes to components. Window only.
import { createContext } from 'svelte';
import type { PersonView, PublicConfig } from '$lib/contracts/api';
import type { Api } from './api';
import type { NodeClient } from './node/node-client.svelte';
import type { PeerList } from './peers/peer-list.svelte';
import type { Attention } from './pwa/attention.svelte';
import type { Recents } from './recents/recents.svelte';
import type { Settings } from './settings/settings.svelte';
import type { TabStrip } from './tabs/tab-strip.svelte';
import type { WindowKeeper } from './windows/window-keeper.svelte';
import type { HostKeyStore, TrustedHostKey } from '$lib/storage/host-keys';
import type { CopyAnswer, ProgramCopyStore } from '$lib/storage/program-copy';

export type { CopyAnswer, TrustedHostKey };

/** The window's objects for one signed-in person. */
export interface AppClient {
	readonly person: PersonView;
	readonly config: PublicConfig;
	readonly api: Api;
	readonly node: NodeClient;
	readonly peers: PeerList;
	readonly recents: Recents;
	readonly settings: Settings;
	readonly hostKeys: HostKeyStore;
	/** Machines whose programs may copy, or may not. */
	readonly programCopies: ProgramCopyStore;
	/** Terminals that call while nobody looks. */
	readonly attention: Attention;
	/** Mark of launches that this device's own OS menu makes. */
	readonly menuToken: string;
	readonly tabs: TabStrip;
	/** Keeps this window's tabs for later, and offers those of windows that are gone. */
	readonly windows: WindowKeeper;
	/** False when this browser keeps nothing (private mode, blocked storage), or nothing new from now on. */
	readonly isStoragePersistent: boolean;
}

const [get, set] = createContext<AppClient>();
/** The window's objects; throws outside the signed-in layout. */
export const appClient = get;
export const setAppClient = set;
