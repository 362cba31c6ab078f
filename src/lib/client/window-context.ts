// What routes share beside the signed-in client: signing in and out, the waiting version, and the place
// that is shown where no tab is active. Window only; the layout publishes it.
import { createContext } from 'svelte';
import type { WireError } from '$lib/contracts/app-error';
import type { Arrival } from './launcher/launch-params';
import type { Place } from './place';
import type { Install } from './pwa/install.svelte';
import type { DeviceStorage } from './pwa/device-storage.svelte';
import type { AppUpdate } from './pwa/update.svelte';

export interface AppWindow {
	readonly update: AppUpdate;
	readonly install: Install;
	/** To the provider, and back to where the window is now. */
	readonly signIn: () => void;
	/** @param isEverywhere in every other browser of the person, too */
	readonly signOut: (isEverywhere?: boolean) => void;
	/** C3: the sign-in is over, and the terminals are still on the screen. */
	readonly hasSignInEnded: boolean;
	/** When it ends, once that is near; null before. */
	readonly signInEndsAtMs: number | null;
	/** Whose window this was until another person signed in; null once that was read. */
	readonly formerPerson: string | null;
	readonly dismissFormerPerson: () => void;
	/** Why, where the person may no longer be here. */
	readonly accessError: WireError | null;
	/** How the window came to the address it began with. */
	readonly arrival: Arrival;
	/** Since when the app server has not answered; null while it does. */
	readonly awaySinceMs: number | null;
	/** Asks the server now instead of after the wait. */
	readonly tryNow: () => void;
	readonly storage: DeviceStorage;
	readonly place: Place;
	/** Shows a place; Back leads to the one before. Tabs and their terminals stay. */
	readonly go: (place: Place) => void;
}

const [get, set] = createContext<AppWindow>();
export const appWindow = get;
export const setAppWindow = set;
