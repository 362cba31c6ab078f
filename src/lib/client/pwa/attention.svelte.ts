// Terminals that call for a person who does not look: the badge on the app's icon, and notifications where
// the person wants them. Window only; app-client builds one, TerminalPane calls it.
import { isRecord } from '$lib/contracts/parse';

/** Carries how many terminals call, so that the one icon of all windows shows their sum. */
export const ATTENTION_CHANNEL = 'headtab:attention';

/** A command that ran for less was watched, or was not worth leaving. */
export const LONG_COMMAND_MS = 10_000;

/** One terminal that calls. */
export interface Call {
	readonly id: string;
	/** `USER@NODE`; nothing that the machine wrote. */
	readonly title: string;
	/** What happened, as a sentence; a program's words only where the person wants them in notifications. */
	readonly text: string;
	/** Brings the terminal into view. */
	readonly show: () => void;
}

export interface AttentionOptions {
	readonly settings: { readonly values: { readonly isNotifying: boolean } };
	/** Icon of the installed app; null where the browser has none. */
	readonly badge: Badge | null;
	/** Shows a notification. @returns how to take it back; null when the browser did not show it */
	readonly notify: (call: Call) => (() => void) | null;
	/** null where there is none. */
	readonly channel: BroadcastChannel | null;
	/** Whether the person looks at this window. */
	readonly isFocused: boolean;
	/** Tells two windows apart. */
	readonly windowId: string;
}

/** What of Navigator shows a number on the icon. */
export interface Badge {
	setAppBadge(count: number): Promise<void>;
	clearAppBadge(): Promise<void>;
}

export class Attention {
	readonly #options: AttentionOptions;
	/** By pane; what takes its notification back. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
	readonly #calls = new Map<string, (() => void) | null>();
	/** Of the other windows. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
	readonly #others = new Map<string, number>();
	#isFocused = $state(true);
	#shown: number | null = null;

	constructor(options: AttentionOptions) {
		this.#options = options;
		this.#isFocused = options.isFocused;
		if (options.channel !== null) {
			options.channel.onmessage = ({ data }: MessageEvent<unknown>) => {
				this.#hear(data);
			};
			options.channel.postMessage({ kind: 'attention/hello' });
		}
		// What a window that crashed has left on the icon.
		this.#show();
	}

	/** The person looks at this window; a terminal in view is seen then. */
	get isFocused(): boolean {
		return this.#isFocused;
	}

	focused(isFocused: boolean): void {
		this.#isFocused = isFocused;
	}

	/** A terminal wants the person, who does not see it. Calls again and again, and is shown once. */
	call(call: Call): void {
		if (this.#calls.has(call.id)) return;
		const isWanted = this.#options.settings.values.isNotifying;
		this.#calls.set(call.id, isWanted ? this.#options.notify(call) : null);
		this.#changed();
	}

	/** The person sees the terminal, or it is gone. */
	seen(id: string): void {
		const takeBack = this.#calls.get(id);
		if (!this.#calls.delete(id)) return;
		takeBack?.();
		this.#changed();
	}

	/** The window closes: nothing of it calls any more. */
	left(): void {
		for (const takeBack of this.#calls.values()) takeBack?.();
		this.#calls.clear();
		this.#changed();
	}

	dispose(): void {
		this.left();
		this.#options.channel?.close();
	}

	#hear(data: unknown): void {
		if (!isRecord(data)) return;
		if (data['kind'] === 'attention/hello') {
			// A window opened; one that crashed meanwhile will not answer.
			this.#others.clear();
			this.#tell();
		} else if (data['kind'] === 'attention/count') {
			const { windowId, count } = data;
			if (typeof windowId !== 'string' || typeof count !== 'number') return;
			this.#others.set(windowId, count);
		}
		this.#show();
	}

	#changed(): void {
		this.#tell();
		this.#show();
	}

	#tell(): void {
		const { channel, windowId } = this.#options;
		channel?.postMessage({ kind: 'attention/count', windowId, count: this.#calls.size });
	}

	#show(): void {
		const { badge } = this.#options;
		const count = this.#calls.size + [...this.#others.values()].reduce((sum, n) => sum + n, 0);
		if (badge === null || count === this.#shown) return;
		this.#shown = count;
		// Refused where the app is not installed: there is no icon then.
		const done = count === 0 ? badge.clearAppBadge() : badge.setAppBadge(count);
		done.catch((cause: unknown) => {
			if (!(cause instanceof DOMException)) throw cause;
		});
	}
}
