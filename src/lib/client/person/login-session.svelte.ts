// Who is signed in, as this window knows it: asks the server, matches anew, signs out, and hears when
// another window signs out. Window only; the layout builds one.
import type { PersonView, PublicConfig, SessionAnswer } from '$lib/contracts/api';
import { isAppError, toAppError, type WireError } from '$lib/contracts/app-error';
import { SESSION_CHECK_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { Api } from '../api';

export type LoginPhase =
	| { readonly at: 'asking' }
	| { readonly at: 'signed-out'; readonly config: PublicConfig; readonly error: WireError | null }
	| {
			readonly at: 'unlinked';
			readonly config: PublicConfig;
			readonly person: PersonView;
			readonly error: WireError;
	  }
	| { readonly at: 'ready'; readonly config: PublicConfig; readonly person: PersonView }
	| { readonly at: 'failed'; readonly error: WireError };

export interface LoginSessionOptions {
	readonly api: Pick<Api, 'session' | 'relink' | 'logout'>;
	/** Tells the other windows; null where there is none. */
	readonly channel: BroadcastChannel | null;
	/** Signed out, here or in another window: what names machines or people goes from this device. */
	readonly forget: () => Promise<void>;
	/** Leaves the page, e.g. to the provider's end-session page. */
	readonly go: (url: string) => void;
}

export class LoginSession {
	readonly #options: LoginSessionOptions;
	#phase = $state.raw<LoginPhase>({ at: 'asking' });
	#isRelinking = $state.raw(false);
	#hasEnded = $state.raw(false);

	constructor(options: LoginSessionOptions) {
		this.#options = options;
		if (options.channel) {
			options.channel.onmessage = (event: MessageEvent<unknown>) => {
				if (!isRecord(event.data)) return;
				if (event.data['kind'] === 'login/signed-out') {
					this.end(null);
					void options.forget();
				}
				// In another window, over this one's terminals.
				if (event.data['kind'] === 'login/signed-in' && this.#hasEnded) void this.check();
			};
		}
	}

	get phase(): LoginPhase {
		return this.#phase;
	}
	get isRelinking(): boolean {
		return this.#isRelinking;
	}

	/** C3: the sign-in is over while the person works. The phase stays `ready`, and so does the screen. */
	get hasEnded(): boolean {
		return this.#hasEnded;
	}

	/** Asks the server; safe to call again, e.g. after the page came back from the cache. */
	async ask(): Promise<void> {
		await this.#take(() => this.#options.api.session());
	}

	/** Matches the identity anew, past all caches. */
	async relink(): Promise<void> {
		this.#isRelinking = true;
		try {
			await this.#take(() => this.#options.api.relink());
		} finally {
			this.#isRelinking = false;
		}
	}

	/** Asks whether the sign-in still lives, which also keeps it alive; takes nothing from the screen. */
	async check(): Promise<void> {
		if (this.#phase.at !== 'ready') return;
		const answer = await this.#options.api.session().catch((error: unknown) => {
			// A server that is away says nothing about the sign-in; the next question may tell.
			if (isAppError(error)) return null;
			throw error;
		});
		const phase = this.phase;
		if (answer === null || phase.at !== 'ready') return;
		this.#hasEnded = answer.person === null;
		// Somebody else signed in: nothing here is theirs.
		if (answer.person !== null && answer.person.id !== phase.person.id)
			this.#phase = phaseOf(answer);
	}

	/** Checks now and then, and when the window comes back to the screen or the network.
	 *  @returns stop */
	watch(): () => void {
		const stop = new AbortController();
		const check = () => void this.check();
		const timer = setInterval(check, SESSION_CHECK_MS);
		addEventListener('online', check, { signal: stop.signal });
		document.addEventListener(
			'visibilitychange',
			() => {
				if (document.visibilityState === 'visible') check();
			},
			{ signal: stop.signal }
		);
		return () => {
			clearInterval(timer);
			stop.abort();
		};
	}

	/** The server says that nobody is signed in any more, or another window signed out. */
	end(error: WireError | null): void {
		if (this.#phase.at === 'ready' || this.#phase.at === 'unlinked') {
			this.#phase = { at: 'signed-out', config: this.#phase.config, error };
		}
	}

	/** Ends the login session here and in all windows.
	 *  @param leave tells control and the server that this window's node is gone, before the cookie is */
	async signOut(leave: () => Promise<void>): Promise<void> {
		await leave();
		try {
			const url = await this.#options.api.logout();
			this.#options.channel?.postMessage({ kind: 'login/signed-out' });
			this.end(null);
			await this.#options.forget();
			this.#options.go(url);
		} catch (error) {
			this.#phase = { at: 'failed', error: toAppError(error).toWire() };
		}
	}

	dispose(): void {
		this.#options.channel?.close();
	}

	async #take(request: () => Promise<SessionAnswer>): Promise<void> {
		try {
			this.#phase = phaseOf(await request());
			this.#hasEnded = false;
			if (this.#phase.at === 'ready')
				this.#options.channel?.postMessage({ kind: 'login/signed-in' });
		} catch (error) {
			const wire = toAppError(error).toWire();
			// While a person works, a server that is away for a moment takes nothing from the screen.
			if (this.#phase.at !== 'ready') this.#phase = { at: 'failed', error: wire };
		}
	}
}

function phaseOf(answer: SessionAnswer): LoginPhase {
	const { config, person } = answer;
	if (!person) return { at: 'signed-out', config, error: answer.loginError };
	if (answer.linkError) return { at: 'unlinked', config, person, error: answer.linkError };
	return { at: 'ready', config, person };
}
