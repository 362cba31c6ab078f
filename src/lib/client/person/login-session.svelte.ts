// Who is signed in, as this window knows it: asks the server, matches anew, signs out, and hears when
// another window signs out. While the server is away, what this device remembers stands in: away is not
// signed out. Window only; the layout builds one.
import { tick } from 'svelte';
import type { PersonView, PublicConfig, SessionAnswer } from '$lib/contracts/api';
import { isAppError, toAppError, type WireError } from '$lib/contracts/app-error';
import { SESSION_CHECK_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { Api } from '../api';
import { systemClock, type Clock, type Timer } from '../clock';
import { backoffMs } from '../sessions/reconnect';
import type { RememberedLogin } from './remembered-login';

/** A server that has not answered by then lets the app open with what this device remembers. */
export const RECALL_AFTER_MS = 300;
/** A sign-in that ends is announced so long before. */
export const ENDS_SOON_MS = 300_000;
/** Timers count no further; the next answer comes long before. */
const TIMER_MAX_MS = 2 ** 31 - 1;
/** A network that swallows everything must not hold the question for minutes. */
const ANSWER_TIMEOUT_MS = 10_000;

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
	readonly api: Pick<Api, 'session' | 'relink' | 'logout' | 'logoutEverywhere'>;
	/** Tells the other windows; null where there is none. */
	readonly channel: BroadcastChannel | null;
	/** Signed out, here or in another window: what names machines or people goes from this device. */
	readonly forget: () => Promise<void>;
	/** Leaves the page, e.g. to the provider's end-session page. */
	readonly go: (url: string) => void;
	readonly remembered: RememberedLogin;
	readonly clock?: Clock;
	/** In [0, 1), for the backoff. */
	readonly random?: () => number;
}

export class LoginSession {
	readonly #options: LoginSessionOptions;
	readonly #clock: Clock;
	readonly #random: () => number;
	#phase = $state.raw<LoginPhase>({ at: 'asking' });
	#isRelinking = $state.raw(false);
	#hasEnded = $state.raw(false);
	#accessError: WireError | null = $state.raw(null);
	#awaySinceMs: number | null = $state.raw(null);
	#endsAtMs: number | null = $state.raw(null);
	#endTimer: Timer | null = null;
	#formerPerson: string | null = $state.raw(null);
	/** The phase is what this device remembers: the server has not said so yet. */
	#isRecalled = false;
	#latestQuestion = 0;
	#attempt = 0;
	#retryTimer: Timer | null = null;

	constructor(options: LoginSessionOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		this.#random = options.random ?? Math.random;
		if (options.channel) {
			options.channel.onmessage = (event: MessageEvent<unknown>) => {
				if (!isRecord(event.data)) return;
				if (event.data['kind'] === 'login/signed-out') {
					this.end(null);
					void this.#forget();
				}
				if (event.data['kind'] === 'login/signed-in' && this.#isNews(event.data['personId']))
					void this.check();
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

	/** C3: when the sign-in ends, by this computer's clock, once that is near; null before. */
	get endsAtMs(): number | null {
		return this.#endsAtMs;
	}

	/** L12: whose window this was until another person signed in, in another tab of this browser. */
	get formerPerson(): string | null {
		return this.#formerPerson;
	}

	dismissFormerPerson(): void {
		this.#formerPerson = null;
	}

	/** Why the person may no longer be here, where that is why the sign-in is over. */
	get accessError(): WireError | null {
		return this.#accessError;
	}

	/** Since when the server has not answered; null while it does. */
	get awaySinceMs(): number | null {
		return this.#awaySinceMs;
	}

	/** Asks the server; safe to call again, e.g. after the page came back from the cache. A device that
	 *  remembers somebody does not wait long for the answer. */
	async ask(): Promise<void> {
		const recall = () => void this.#recall();
		const timer = this.#clock.setTimeout(recall, RECALL_AFTER_MS);
		await this.#take(() => this.#session());
		this.#clock.clearTimeout(timer);
	}

	/** The server is away and somebody wants to know now. */
	tryNow(): void {
		this.#attempt = 0;
		this.#again();
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
		const isOvertaken = this.#question();
		const answer = await this.#session().catch((error: unknown) => {
			// A server that is away says nothing about the sign-in; the next question may tell.
			if (!isAppError(error)) throw error;
			this.#noteFailure(error.code);
			return null;
		});
		if (answer === null || this.phase.at !== 'ready' || isOvertaken()) return;
		// Over, and the screen stays. Where only the memory said that somebody is, there is nothing to lose.
		const error = answer.accessError ?? answer.linkError;
		if ((answer.person === null || error !== null) && !this.#isRecalled) {
			this.#back();
			this.#endsIn(null);
			this.#hasEnded = true;
			this.#accessError = error;
			void this.#options.remembered.drop();
			return;
		}
		this.#hasEnded = false;
		this.#accessError = null;
		this.#answered(answer);
	}

	/** Checks now and then, and when the window comes back to the screen or the network.
	 *  @returns stop */
	watch(): () => void {
		const stop = new AbortController();
		const check = () => void this.check();
		const timer = setInterval(check, SESSION_CHECK_MS);
		const options = { signal: stop.signal };
		addEventListener('online', () => this.tryNow(), options);
		addEventListener('offline', check, options);
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

	/** Ends the login session here and in all windows. What this device keeps of it is forgotten also
	 *  when the server cannot be told.
	 *  @param leave tells control and the server that this window's node is gone, before the cookie is
	 *  @param options.isEverywhere in every other browser of the person, too */
	async signOut(
		leave: () => Promise<void>,
		options: { readonly isEverywhere?: boolean } = {}
	): Promise<void> {
		await leave();
		const { api } = this.#options;
		try {
			const url = await (options.isEverywhere === true ? api.logoutEverywhere() : api.logout());
			this.#options.channel?.postMessage({ kind: 'login/signed-out' });
			this.end(null);
			await this.#forget();
			this.#options.go(url);
		} catch (error) {
			this.#phase = { at: 'failed', error: toAppError(error).toWire() };
			await this.#forget();
		}
	}

	dispose(): void {
		this.#cancelRetry();
		this.#endsIn(null);
		this.#options.channel?.close();
	}

	/** Somebody is signed in, says another window: that matters where it is another person, or no other sign-in
	 *  was left here for long. */
	#isNews(personId: unknown): boolean {
		const isOther = this.#phase.at === 'ready' && this.#phase.person.id !== personId;
		return isOther || this.#hasEnded || this.#endsAtMs !== null;
	}

	#session(): Promise<SessionAnswer> {
		return this.#options.api.session(AbortSignal.timeout(ANSWER_TIMEOUT_MS));
	}

	/** Begins a question. An answer that a later one overtook counts no more: it may be of a sign-in of before. */
	#question(): () => boolean {
		const question = ++this.#latestQuestion;
		return () => question !== this.#latestQuestion;
	}

	async #take(request: () => Promise<SessionAnswer>): Promise<void> {
		const isOvertaken = this.#question();
		try {
			const answer = await request();
			if (isOvertaken()) return;
			this.#answered(answer);
			this.#hasEnded = false;
			this.#accessError = null;
			if (this.#phase.at === 'ready')
				this.#options.channel?.postMessage({
					kind: 'login/signed-in',
					personId: this.#phase.person.id
				});
		} catch (error) {
			if (isOvertaken()) return;
			const failure = toAppError(error);
			this.#noteFailure(failure.code);
			if (failure.code === 'server-unreachable') await this.#recall();
			// While a person works, a server that is away for a moment takes nothing from the screen.
			if (this.phase.at !== 'ready') this.#phase = { at: 'failed', error: failure.toWire() };
		}
	}

	#answered(answer: SessionAnswer): void {
		this.#back();
		const phase = phaseOf(answer);
		const before = this.#isRecalled ? null : this.#phase;
		if (before?.at === 'ready' && phase.at === 'ready' && before.person.id !== phase.person.id)
			this.#formerPerson = before.person.name;
		this.#isRecalled = false;
		this.#phase = phase;
		this.#endsIn(phase.at === 'ready' ? phase.person.sessionEndsInMs : null);
		const { remembered } = this.#options;
		if (phase.at === 'ready') void remembered.save(phase.person, phase.config);
		else void remembered.drop();
	}

	/** @param leftMs null where nobody is signed in */
	#endsIn(leftMs: number | null): void {
		if (this.#endTimer !== null) this.#clock.clearTimeout(this.#endTimer);
		this.#endTimer = null;
		this.#endsAtMs = null;
		if (leftMs === null || leftMs > TIMER_MAX_MS) return;
		const endsAtMs = this.#clock.now() + leftMs;
		const tell = () => {
			this.#endsAtMs = endsAtMs;
		};
		if (leftMs <= ENDS_SOON_MS) tell();
		else this.#endTimer = this.#clock.setTimeout(tell, leftMs - ENDS_SOON_MS);
	}

	/** Opens with who was signed in here last. */
	async #recall(): Promise<void> {
		if (this.#phase.at !== 'asking') return;
		const kept = await this.#options.remembered.load();
		if (kept === null || this.phase.at !== 'asking') return;
		this.#isRecalled = true;
		this.#phase = { at: 'ready', ...kept };
	}

	/** The objects of the person have ended by then, and write no more. */
	async #forget(): Promise<void> {
		await tick();
		await this.#options.forget();
	}

	#noteFailure(code: string): void {
		if (code !== 'server-unreachable') return;
		this.#awaySinceMs ??= this.#clock.now();
		this.#cancelRetry();
		this.#attempt += 1;
		this.#retryTimer = this.#clock.setTimeout(
			() => {
				this.#again();
			},
			backoffMs(this.#attempt, this.#random())
		);
	}

	#again(): void {
		this.#cancelRetry();
		if (this.#phase.at === 'ready') void this.check();
		else if (this.#phase.at === 'failed') void this.ask();
	}

	#back(): void {
		this.#cancelRetry();
		this.#attempt = 0;
		this.#awaySinceMs = null;
	}

	#cancelRetry(): void {
		if (this.#retryTimer !== null) this.#clock.clearTimeout(this.#retryTimer);
		this.#retryTimer = null;
	}
}

function phaseOf(answer: SessionAnswer): LoginPhase {
	const { config, person } = answer;
	if (!person) return { at: 'signed-out', config, error: answer.loginError ?? answer.accessError };
	if (answer.linkError) return { at: 'unlinked', config, person, error: answer.linkError };
	return { at: 'ready', config, person };
}
