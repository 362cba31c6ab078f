// The tabs of a window: order and which is active. Window only; the layout builds one.
import type { TabId } from '$lib/contracts/ids';
import type { SshSession, SshTarget } from '../sessions/ssh-session.svelte';
import type { Tab, TabSeed } from './tab.svelte';

export interface TabStripOptions {
	readonly createSession: (target: SshTarget) => SshSession;
	/** A shell is there: remember it. */
	readonly onOpened?: (seed: TabSeed) => void;
}

export declare class TabStrip {
	constructor(options: TabStripOptions);
	get tabs(): readonly Tab[];
	/** null shows the launcher. */
	get active(): Tab | null;
	get liveCount(): number;
	get canReopen(): boolean;
	/** Opens, activates and connects. */
	open(seed: TabSeed): Tab;
	/** `asks`: a session is live and nothing was closed; call again with `{ isConfirmed: true }`. */
	close(id: TabId, options?: { readonly isConfirmed: boolean }): 'closed' | 'asks';
	/** null goes to the launcher. */
	activate(id: TabId | null): void;
	activateAt(index: number): void;
	move(id: TabId, toIndex: number): void;
	next(): void;
	previous(): void;
	reopenClosed(): Tab | null;
	dispose(): void;
}
