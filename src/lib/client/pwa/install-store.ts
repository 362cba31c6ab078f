// The device's record of installing. Window only; the layout hands it to Install, since the offer belongs
// to the device, not to who is signed in.
import { withAppDatabase } from '$lib/storage/db';
import { InstallStore } from '$lib/storage/install';

export const deviceInstalls: Pick<InstallStore, 'visited' | 'offered'> = {
	visited: () => withAppDatabase((database) => new InstallStore(database).visited()),
	offered: () => withAppDatabase((database) => new InstallStore(database).offered())
};
