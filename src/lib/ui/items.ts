// What Facts and Menu are given. Types alone; window only.
import type { Component } from 'svelte';

/** A word and what is said about it. */
export interface Fact {
	readonly name: string;
	/** One line each; text only. */
	readonly lines: readonly string[];
	readonly isMono?: boolean;
}

export interface MenuItem {
	readonly label: string;
	readonly icon?: Component<{ class?: string }>;
	readonly keys?: readonly string[] | undefined;
	readonly isChosen?: boolean;
	/** Shown, so that people find it, but it cannot be done now. */
	readonly isDisabled?: boolean;
	/** A menu of its own, beside it. */
	readonly items?: readonly MenuItem[];
	readonly run?: () => void;
}
