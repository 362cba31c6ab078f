// Forgets on this device what names machines or people, and takes them out of the OS menu: after a
// sign-out, in each window. Window only; the layout calls it.
import { forgetPerson, withAppDatabase } from '$lib/storage/db';
import type { ManifestLink } from '../pwa/manifest-link';

/** Safe to call in several windows at once. */
export async function forgetOnDevice(link: Pick<ManifestLink, 'refreshNow'>): Promise<void> {
	await withAppDatabase(forgetPerson);
	link.refreshNow();
}
