// Installing the app: by the browser's own question where it has one, by its menus where it has not.
// Offers it once, when the app has proved useful. Window only; the layout builds one.
import type { InstallStore } from '$lib/storage/install';

/** How this browser installs the app; `prompt` is the only one that the app can begin. */
export type InstallWay =
	| 'installed'
	| 'prompt'
	| 'chromium'
	| 'android'
	| 'ios'
	| 'safari'
	| 'firefox'
	| 'firefox-android';

/** The offer comes in the second window in which a shell opened. */
const VISITS_BEFORE_OFFER = 2;

export interface InstallOptions {
	readonly userAgent: string;
	readonly maxTouchPoints: number;
	/** Runs in a window of its own already. */
	readonly isInstalled: boolean;
	readonly store: Pick<InstallStore, 'visited' | 'offered'>;
}

/** Chromium's question, kept until the person wants it; not in TypeScript's DOM. */
interface InstallPrompt {
	prompt(): Promise<unknown>;
}

export class Install {
	readonly #options: InstallOptions;
	readonly #fallback: InstallWay;
	#prompt: InstallPrompt | null = $state.raw(null);
	#isInstalled = $state(false);
	#isOfferDue = $state(false);
	#hasSucceeded = false;

	constructor(options: InstallOptions) {
		this.#options = options;
		this.#isInstalled = options.isInstalled;
		this.#fallback = installWay(options);
	}

	get way(): InstallWay {
		if (this.#isInstalled) return 'installed';
		return this.#prompt === null ? this.#fallback : 'prompt';
	}

	/** One quiet offer, which waits until it is answered. */
	get isOfferDue(): boolean {
		const { way } = this;
		return this.#isOfferDue && (way === 'prompt' || way === 'ios' || way === 'safari');
	}

	/** The browser would ask by itself; it waits for the person now. */
	promptable(event: Event): void {
		if (!isPrompt(event)) return;
		event.preventDefault();
		this.#prompt = event;
	}

	installed(): void {
		this.#isInstalled = true;
		this.#prompt = null;
	}

	/** A shell opened in this window. */
	async succeeded(): Promise<void> {
		if (this.#hasSucceeded || this.#isInstalled) return;
		this.#hasSucceeded = true;
		const { visits, isOffered } = await this.#options.store.visited();
		this.#isOfferDue = visits >= VISITS_BEFORE_OFFER && !isOffered;
	}

	/** Asks by the browser's own question; needs a click. @returns false where the browser has none */
	async ask(): Promise<boolean> {
		const prompt = this.#prompt;
		if (prompt === null) return false;
		// A question can be asked once; the browser hands out another one when it may be asked again.
		this.#prompt = null;
		await this.answered();
		await prompt.prompt();
		return true;
	}

	/** The offer was taken or put away: it does not come again. */
	async answered(): Promise<void> {
		if (!this.#isOfferDue) return;
		this.#isOfferDue = false;
		await this.#options.store.offered();
	}

	/** Follows the browser's events. @returns stop */
	watch(scope: Window): () => void {
		const stop = new AbortController();
		const { signal } = stop;
		scope.addEventListener(
			'beforeinstallprompt',
			(event) => {
				this.promptable(event);
			},
			{ signal }
		);
		scope.addEventListener(
			'appinstalled',
			() => {
				this.installed();
			},
			{ signal }
		);
		return () => {
			stop.abort();
		};
	}
}

const isPrompt = (event: Event): event is Event & InstallPrompt =>
	'prompt' in event && typeof event.prompt === 'function';

/** Which menus the person has to use; by the browser's name, since no feature tells. */
export function installWay({
	userAgent,
	maxTouchPoints
}: Pick<InstallOptions, 'userAgent' | 'maxTouchPoints'>): InstallWay {
	const isFirefox = /Firefox\/|FxiOS/.test(userAgent);
	const isAndroid = userAgent.includes('Android');
	// An iPad says that it is a Mac; no Mac has a touch screen.
	if (/iPhone|iPad|iPod/.test(userAgent)) return 'ios';
	if (userAgent.includes('Macintosh') && maxTouchPoints > 1) return 'ios';
	if (isFirefox) return isAndroid ? 'firefox-android' : 'firefox';
	if (isAndroid) return 'android';
	return userAgent.includes('Safari/') && !/Chrom(e|ium)\//.test(userAgent) ? 'safari' : 'chromium';
}

/** Whether the page runs as an installed app. */
export const isInstalledApp = (): boolean =>
	matchMedia(
		'(display-mode: standalone), (display-mode: window-controls-overlay), (display-mode: minimal-ui)'
	).matches ||
	// Safari on iOS before 18.
	Reflect.get(navigator, 'standalone') === true;
