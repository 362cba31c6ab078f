// One terminal of a tab: target, title and its SSH session. Window only; TabStrip makes it, TerminalPane
// feeds title, folder, bell and output marks into it.
import { untrack } from 'svelte';
import type { PaneId } from '$lib/contracts/ids';
import type { RecentEnd } from '$lib/storage/recents';
import type { CommandEnd } from '../terminal/commands';
import type { SavedTarget } from '$lib/storage/windows';
import type { SshSession } from '../sessions/ssh-session.svelte';

/** What a pane is made from: a machine and a login. */
export type TabSeed = SavedTarget;

/** How a session ended; the time is whoever keeps it's. */
export type PaneEnd = Omit<RecentEnd, 'atMs'>;

export interface PaneOptions {
	readonly id: PaneId;
	readonly seed: TabSeed;
	readonly session: SshSession;
	/** The person sees it: its tab is active, and nothing of the tab hides it. */
	readonly isSeen: () => boolean;
	/** Once for each shell that ended, and for each failure. */
	readonly onEnded: (end: PaneEnd) => void;
	/** The session is over, and nobody needs to follow it any more. */
	readonly onDisposed: () => void;
}

export class Pane {
	readonly id: PaneId;
	readonly seed: TabSeed;
	readonly session: SshSession;
	readonly #isSeen: () => boolean;
	readonly #onEnded: (end: PaneEnd) => void;
	readonly #onDisposed: () => void;
	readonly #stopWatching: () => void;
	#title = $state('');
	#cwd: string | null = $state(null);
	#command: CommandEnd | null = $state.raw(null);
	#hasBell = $state(false);
	#seenBytes = $state(0);

	constructor(options: PaneOptions) {
		this.id = options.id;
		this.seed = options.seed;
		this.session = options.session;
		this.#isSeen = options.isSeen;
		this.#onEnded = options.onEnded;
		this.#onDisposed = options.onDisposed;
		this.#stopWatching = $effect.root(() => {
			$effect(() => {
				const { phase } = this.session;
				untrack(() => {
					if (phase.at === 'closed') this.#ended(null, phase.exit.status);
					// What waits for the own node says nothing about the machine.
					else if (
						phase.at === 'failed' &&
						(!phase.isWaiting || phase.error.code === 'node-offline')
					)
						this.#ended(phase.error.code, null);
				});
			});
		});
	}

	/** `USER@NODE`: the name of tab and region; never from the far end. */
	get name(): string {
		return `${this.seed.login}@${this.seed.node}`;
	}

	/** From OSC 0/2, cleaned by the byte filter; empty until the shell sets one. */
	get title(): string {
		return this.#title;
	}

	/** From OSC 7; null until the shell tells. */
	get cwd(): string | null {
		return this.#cwd;
	}

	/** The last command that has ended; null until the shell marks one (OSC 133). */
	get command(): CommandEnd | null {
		return this.#command;
	}

	/** The bell rang while nobody saw it. */
	get hasBell(): boolean {
		return this.#hasBell;
	}

	/** Output came while nobody saw it. */
	get hasUnread(): boolean {
		return !this.#isSeen() && this.session.receivedBytes > this.#seenBytes;
	}

	setTitle(title: string): void {
		this.#title = title;
	}

	setCwd(cwd: string | null): void {
		this.#cwd = cwd;
	}

	setCommand(command: CommandEnd): void {
		this.#command = command;
	}

	ring(): void {
		if (!this.#isSeen()) this.#hasBell = true;
	}

	/** Whoever changes what is in view calls it before and after. */
	seen(): void {
		if (!this.#isSeen()) return;
		this.#hasBell = false;
		this.#seenBytes = this.session.receivedBytes;
	}

	/** Ends the session. */
	dispose(): void {
		this.#stopWatching();
		if (this.session.isLive) this.#ended(null, null);
		this.session.close();
		this.session.dispose();
		this.#onDisposed();
	}

	#ended(code: string | null, exitStatus: number | null): void {
		this.#onEnded({ login: this.seed.login, code, exitStatus });
	}
}
