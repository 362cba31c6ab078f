// One tab: target, title and its SSH session. Window only; TabStrip makes it, TerminalPane feeds
// title, folder, bell and output marks into it.
import type { TabId } from '$lib/contracts/ids';
import type { SshSession, SshTarget } from '../sessions/ssh-session.svelte';

/** What a tab is made from: a machine and a login. */
export type TabSeed = SshTarget;

export class Tab {
	readonly id: TabId;
	readonly seed: TabSeed;
	readonly session: SshSession;
	#title = $state('');
	#cwd: string | null = $state(null);
	#hasBell = $state(false);
	#seenBytes = $state(0);
	readonly #isActive: () => boolean;

	/** @param isActive asks the strip: one place knows which tab is active */
	constructor(id: TabId, seed: TabSeed, session: SshSession, isActive: () => boolean) {
		this.id = id;
		this.seed = seed;
		this.session = session;
		this.#isActive = isActive;
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

	/** The bell rang while another tab was active. */
	get hasBell(): boolean {
		return this.#hasBell;
	}

	/** Output came while another tab was active. */
	get hasUnread(): boolean {
		return !this.#isActive() && this.session.receivedBytes > this.#seenBytes;
	}

	setTitle(title: string): void {
		this.#title = title;
	}

	setCwd(cwd: string | null): void {
		this.#cwd = cwd;
	}

	ring(): void {
		if (!this.#isActive()) this.#hasBell = true;
	}

	/** The strip calls it when the tab becomes active and when it stops being so. */
	seen(): void {
		this.#hasBell = false;
		this.#seenBytes = this.session.receivedBytes;
	}
}
