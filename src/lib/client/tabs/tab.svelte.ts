// One tab: target, title and its SSH session. Window only; TabStrip makes it.
import type { TabId } from '$lib/contracts/ids';
import type { SshSession, SshTarget } from '../sessions/ssh-session.svelte';

/** What a tab is made from: a machine and a login. */
export type TabSeed = SshTarget;

export declare class Tab {
	readonly id: TabId;
	readonly seed: TabSeed;
	readonly session: SshSession;
	/** `USER@NODE`: the name of tab and region; never from the far end. */
	get name(): string;
	/** From OSC 0/2, cleaned; empty until the shell sets one. */
	get title(): string;
	/** From OSC 7; null until the shell tells. */
	get cwd(): string | null;
	get hasBell(): boolean;
	/** Output came while another tab was active. */
	get hasUnread(): boolean;
}
