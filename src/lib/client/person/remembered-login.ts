// What this device remembers of the last login, through a database connection of its own: it is asked
// before the window's objects are built and after they have ended. Window only; LoginSession uses it.
import type { PersonView, PublicConfig, SessionAnswer } from '$lib/contracts/api';
import { isAppError } from '$lib/contracts/app-error';
import { isRecord } from '$lib/contracts/parse';
import { withAppDatabase } from '$lib/storage/db';
import { LastLoginStore } from '$lib/storage/last-login';
import { parseSession } from '../api';

export interface RememberedLogin {
	load(): Promise<{ readonly person: PersonView; readonly config: PublicConfig } | null>;
	save(person: PersonView, config: PublicConfig): Promise<void>;
	/** Nobody is signed in any more. */
	drop(): Promise<void>;
}

export const deviceLogin = (): RememberedLogin => ({
	load: () =>
		using(async (store) => {
			const kept = await store.load();
			const answer = isRecord(kept) ? parsed(kept) : null;
			return answer?.person ? { person: answer.person, config: answer.config } : null;
		}),
	save: (person, config) => using((store) => store.save({ person, config })),
	drop: () => using((store) => store.drop())
});

const using = <T>(run: (store: LastLoginStore) => Promise<T>): Promise<T> =>
	withAppDatabase((database) => run(new LastLoginStore(database)));

/** What another version has left may lack something: then it is as if nothing was there. */
function parsed(kept: Readonly<Record<string, unknown>>): SessionAnswer | null {
	try {
		return parseSession(kept);
	} catch (cause) {
		if (!isAppError(cause)) throw cause;
		return null;
	}
}
