// The shell: the page that all of the app's addresses begin with. It carries no data, so one copy, with
// the headers it was served with, answers them all, also without a network. Runs in the service worker.
import { getCacheKeyForURL, matchPrecache } from 'workbox-precaching';
import { LAUNCH_ANSWER_MS } from '$lib/contracts/limits';
import { SHELL_CACHE } from '$lib/contracts/service-worker';
import { inTime } from './in-time';

declare const self: ServiceWorkerGlobalScope;

/** Scripts that the shell begins with, as its text names them. */
const ENTRY_FILES = /\/_app\/immutable\/entry\/[\w.-]+\.js/g;

export class Shell {
	readonly #cacheName: string;

	/** @param build names the cache: another build's shell would ask for files that are not there */
	constructor(build: string) {
		this.#cacheName = SHELL_CACHE + build;
	}

	/** Fetches the page of this build. @throws when the server gives another page: installing is tried again */
	async install(): Promise<void> {
		const response = await fetchShell();
		if (!(await this.#isOurs(await response.clone().text(), isListed))) {
			throw new Error('the server has another version of the shell');
		}
		await (await self.caches.open(this.#cacheName)).put('/', response);
	}

	/** The kept shell; the network's where it is missing, or where files of it are (deleted by hand). */
	async answer(request: Request, later: (work: Promise<unknown>) => void): Promise<Response> {
		const kept = await self.caches.match('/', { cacheName: this.#cacheName });
		if (kept === undefined) {
			later(this.#restore());
			return fetch(request);
		}
		const text = await kept.clone().text();
		if (!(await this.#isOurs(text, isPrecached))) {
			// Its files may be gone from the server, too: its present page has files that are there.
			return fetch(request).catch(() => kept);
		}
		later(this.#refresh(text));
		return kept;
	}

	/** The server's page, with what its headers say of this one request; the kept shell without a server, or with one
	 *  that does not answer. */
	async answerFresh(request: Request, later: (work: Promise<unknown>) => void): Promise<Response> {
		const answer = fetch(request).catch((cause: unknown) => {
			if (isExpected(cause)) return null;
			throw cause;
		});
		const response = await inTime(answer, LAUNCH_ANSWER_MS);
		const isPage = response !== null && (response.ok || response.type === 'opaqueredirect');
		return isPage ? response : this.answer(request, later);
	}

	/** Shells of other versions: nobody asks for them any more. */
	async removeOld(): Promise<void> {
		const names = await self.caches.keys();
		const old = names.filter((name) => name.startsWith(SHELL_CACHE) && name !== this.#cacheName);
		await Promise.all(old.map((name) => self.caches.delete(name)));
	}

	/** Headers are the server's settings, e.g. where a window may connect to: the same page takes new ones. */
	async #refresh(text: string): Promise<void> {
		await this.#renew(async (response) => (await response.clone().text()) === text);
	}

	async #restore(): Promise<void> {
		await this.#renew(async (response) => this.#isOurs(await response.clone().text(), isListed));
	}

	/** Without a network, or without room, everything stays as it is. */
	async #renew(isWanted: (response: Response) => Promise<boolean>): Promise<void> {
		try {
			const response = await fetchShell();
			if (await isWanted(response)) {
				await (await self.caches.open(this.#cacheName)).put('/', response);
			}
		} catch (cause) {
			if (!isExpected(cause)) throw cause;
		}
	}

	async #isOurs(text: string, has: (file: string) => Promise<boolean>): Promise<boolean> {
		const files = [...new Set(text.match(ENTRY_FILES))];
		const found = await Promise.all(files.map(has));
		return files.length > 0 && found.every(Boolean);
	}
}

async function fetchShell(): Promise<Response> {
	// Of nobody: without cookies it is the same for all.
	const response = await fetch('/', { cache: 'reload', credentials: 'omit', redirect: 'error' });
	const type = response.headers.get('content-type') ?? '';
	if (!response.ok || !type.startsWith('text/html')) {
		throw new TypeError(`the server answered ${response.status} instead of the shell`);
	}
	return response;
}

/** A file of this build, whether or not it is there yet. */
const isListed = (file: string): Promise<boolean> =>
	Promise.resolve(getCacheKeyForURL(file) !== undefined);
const isPrecached = async (file: string): Promise<boolean> =>
	(await matchPrecache(file)) !== undefined;

/** No network, a server in trouble (TypeError); no room, storage gone (DOMException). */
const isExpected = (cause: unknown): boolean =>
	cause instanceof TypeError || cause instanceof DOMException;
