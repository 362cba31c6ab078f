// Opens the device's record of installing. Window only; the layout hands it to Install, since the offer
// belongs to the device, not to who is signed in.
import { openAppDatabase } from '$lib/storage/db';
import { InstallStore } from '$lib/storage/install';

export const openInstallStore = async (): Promise<InstallStore> =>
	new InstallStore(await openAppDatabase());
