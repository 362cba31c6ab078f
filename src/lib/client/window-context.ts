// What routes share beside the signed-in client: signing in and out, and the waiting version. Window only;
// the layout publishes it.
import { createContext } from 'svelte';
import type { AppUpdate } from './pwa/update.svelte';

export interface AppWindow {
	readonly update: AppUpdate;
	/** To the provider, and back to where the window is now. */
	readonly signIn: () => void;
	readonly signOut: () => void;
	/** C3: the sign-in is over, and the terminals are still on the screen. */
	readonly hasSignInEnded: boolean;
	/** Whether the address the window began with came from another site. */
	readonly isForeign: boolean;
}

const [get, set] = createContext<AppWindow>();
export const appWindow = get;
export const setAppWindow = set;
