// Whether the code that this window gets is what the server says it serves, and what a release's list says:
// each file's SHA-256, counted here. Window only; Settings, About shows it. It proves nothing against a server that
// hands out another page: docs/admin/security.md has the way from outside.
import type { WasmModule } from '$lib/contracts/api';
import { AppError, toAppError } from '$lib/contracts/app-error';
import { hex } from '$lib/contracts/hex';
import {
	parseServedList,
	SERVED_LIST_PATH,
	SERVED_MODULE,
	type ServedList
} from '$lib/contracts/served';
import { isCode, strangersIn } from './served-words';

export interface ServedCheckOptions {
	readonly fetch: typeof fetch;
	readonly origin: string;
	/** As the server announces it; null without one. */
	readonly module: () => WasmModule | null;
	/** Addresses of what this window has loaded. */
	readonly loaded: () => readonly string[];
	/** Hex. */
	readonly sha256: (bytes: ArrayBuffer) => Promise<string>;
}

export interface CheckedFile {
	readonly path: string;
	/** What came, hex; null where nothing did. */
	readonly sha256: string | null;
	readonly isAsServed: boolean;
}

export interface Checked {
	readonly list: ServedList;
	/** Every file with code in it. */
	readonly files: readonly CheckedFile[];
	/** Code that this window runs and the list does not know: it is of another build. */
	readonly strangers: readonly string[];
}

export type CheckPhase =
	| { readonly at: 'idle' }
	| { readonly at: 'running'; readonly done: number; readonly total: number }
	/** A build without a list, as in development. */
	| { readonly at: 'unlisted' }
	| { readonly at: 'failed'; readonly error: AppError }
	| { readonly at: 'done'; readonly checked: Checked };

const WORKER = 'service-worker.js';

export class ServedCheck {
	readonly #options: ServedCheckOptions;
	#phase = $state.raw<CheckPhase>({ at: 'idle' });

	constructor(options: ServedCheckOptions) {
		this.#options = options;
	}

	get phase(): CheckPhase {
		return this.#phase;
	}

	/** Fetches and counts; one at a time. */
	async run(): Promise<void> {
		if (this.#phase.at === 'running') return;
		this.#phase = { at: 'running', done: 0, total: 0 };
		try {
			const list = await this.#list();
			this.#phase =
				list === null ? { at: 'unlisted' } : { at: 'done', checked: await this.#check(list) };
		} catch (cause) {
			this.#phase = { at: 'failed', error: toAppError(cause) };
		}
	}

	async #list(): Promise<ServedList | null> {
		const response = await this.#fetch(SERVED_LIST_PATH, { cache: 'no-store' });
		return response.ok ? parseServedList(await response.text()) : null;
	}

	async #check(list: ServedList): Promise<Checked> {
		const listed = [...list.files].filter(([path]) => isCode(path));
		const files: CheckedFile[] = [];
		for (const [path, said] of listed) {
			this.#phase = { at: 'running', done: files.length, total: listed.length };
			const sha256 = await this.#hash(path);
			files.push({ path, sha256, isAsServed: sha256 === said });
		}
		const { loaded, origin, module } = this.#options;
		const strangers = strangersIn(list, { loaded: loaded(), origin, module: module() });
		return { list, files, strangers };
	}

	async #hash(path: string): Promise<string | null> {
		const module = this.#options.module();
		const url = path === SERVED_MODULE && module !== null ? module.url : `/${path}`;
		// The worker in force cannot be read; this is the one that a browser gets now.
		const response = await this.#fetch(url, path === WORKER ? { cache: 'no-store' } : {});
		return response.ok ? this.#options.sha256(await response.arrayBuffer()) : null;
	}

	async #fetch(path: string, init: RequestInit): Promise<Response> {
		try {
			return await this.#options.fetch(path, { ...init, credentials: 'same-origin' });
		} catch (cause) {
			throw AppError.of('server-unreachable', { origin: this.#options.origin }, { cause });
		}
	}
}

/** The browser's own means. */
export function browserCheck(module: () => WasmModule | null): ServedCheck {
	return new ServedCheck({
		fetch: (input, init) => fetch(input, init),
		origin: location.origin,
		module,
		loaded: () => performance.getEntriesByType('resource').map(({ name }) => name),
		sha256: async (bytes) => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
	});
}
