// One tab: its panes, how they divide its area, which one has the keyboard. Window only; TabStrip makes
// it and is the only one that adds and removes panes.
import type { PaneId, TabId } from '$lib/contracts/ids';
import { cleanTabName, TAB_NAME_MAX, type SavedTab } from '$lib/storage/windows';
import type { SshSession } from '../sessions/ssh-session.svelte';
import {
	growLeaf,
	leavesOf,
	mapLeaves,
	neighbourOf,
	paneLayout,
	removeLeaf,
	setRatio,
	splitLeaf,
	type Axis,
	type Direction,
	type Layout,
	type LayoutPath
} from './layout';
import type { Pane, TabSeed } from './pane.svelte';

export { TAB_NAME_MAX };
export type { TabSeed };

export interface TabOptions {
	readonly id: TabId;
	readonly panes: readonly [Pane, ...Pane[]];
	/** Of exactly these panes; one beside the other is the only pane when absent. */
	readonly layout?: Layout<PaneId>;
	readonly focusedIndex?: number;
	readonly givenName?: string | null;
	/** A small screen shows one split at a time, as if zoomed. */
	readonly isOneAtATime: () => boolean;
}

export class Tab {
	readonly id: TabId;
	readonly #isOneAtATime: () => boolean;
	#panes: readonly Pane[];
	#layout: Layout<PaneId>;
	#focused: Pane;
	#isZoomed = $state(false);
	#givenName: string | null;

	constructor(options: TabOptions) {
		const [first] = options.panes;
		this.id = options.id;
		this.#isOneAtATime = options.isOneAtATime;
		this.#panes = $state.raw(options.panes);
		this.#layout = $state.raw(options.layout ?? paneLayout(first.id));
		this.#focused = $state.raw(options.panes[options.focusedIndex ?? 0] ?? first);
		this.#givenName = $state(options.givenName ?? null);
	}

	/** The one with the keyboard; title, phase and name of the tab are its. */
	get pane(): Pane {
		return this.#focused;
	}

	/** In the order they were opened: what is drawn for them stays in its place. */
	get panes(): readonly Pane[] {
		return this.#panes;
	}

	get layout(): Layout<PaneId> {
		return this.#layout;
	}

	/** Panes left to right, top to bottom. */
	get ordered(): readonly Pane[] {
		return leavesOf(this.#layout).flatMap((id) => this.find(id) ?? []);
	}

	/** One pane has the whole area for a while. */
	get isZoomed(): boolean {
		return this.#isZoomed && this.#panes.length > 1;
	}

	/** `USER@NODE` of the pane with the keyboard; never from the far end. */
	get name(): string {
		return this.#focused.name;
	}

	/** Given by the person; null otherwise. */
	get givenName(): string | null {
		return this.#givenName;
	}

	/** For assistive technology, and to find it by: the given name and `USER@NODE`. */
	get fullName(): string {
		return this.#givenName === null ? this.name : `${this.#givenName}, ${this.name}`;
	}

	get title(): string {
		return this.#focused.title;
	}

	get cwd(): string | null {
		return this.#focused.cwd;
	}

	get seed(): TabSeed {
		return this.#focused.seed;
	}

	get session(): SshSession {
		return this.#focused.session;
	}

	get hasBell(): boolean {
		return this.#panes.some((pane) => pane.hasBell);
	}

	get hasUnread(): boolean {
		return this.#panes.some((pane) => pane.hasUnread);
	}

	get liveCount(): number {
		return this.#panes.filter(({ session }) => session.isLive).length;
	}

	find(id: PaneId): Pane | null {
		return this.#panes.find((pane) => pane.id === id) ?? null;
	}

	/** Whether the pane is in view while the tab is. */
	shows(id: PaneId): boolean {
		return !(this.isZoomed || this.#isOneAtATime()) || this.#focused.id === id;
	}

	/** To be opened again: in another window, after a restart, or as a copy. */
	get saved(): SavedTab {
		return {
			name: this.#givenName,
			layout: mapLeaves(this.#layout, (id) => (this.find(id) ?? this.#focused).seed),
			focusedIndex: Math.max(0, this.ordered.indexOf(this.#focused))
		};
	}

	rename(name: string): void {
		this.#givenName = cleanTabName(name);
	}

	focus(id: PaneId): void {
		const pane = this.find(id);
		if (pane === null || pane === this.#focused) return;
		this.#see(() => (this.#focused = pane));
	}

	/** @returns false at the tab's edge */
	focusNeighbour(direction: Direction): boolean {
		const id = neighbourOf(this.#layout, this.#focused.id, direction);
		if (id !== null) this.focus(id);
		return id !== null;
	}

	/** Goes round, for where one split is shown at a time. */
	focusNext(by: 1 | -1): void {
		const { ordered } = this;
		const next = ordered.at((ordered.indexOf(this.#focused) + by) % ordered.length);
		if (next) this.focus(next.id);
	}

	setZoomed(isZoomed: boolean): void {
		this.#see(() => (this.#isZoomed = isZoomed));
	}

	resize(path: LayoutPath, ratio: number): void {
		this.#layout = setRatio(this.#layout, path, ratio);
	}

	/** @param step share of the split; negative shrinks */
	grow(step: number): void {
		this.#layout = growLeaf(this.#layout, this.#focused.id, step);
	}

	/** TabStrip: a pane beside the one with the keyboard; it takes the keyboard. */
	add(pane: Pane, axis: Axis): void {
		this.place(pane, splitLeaf(this.#layout, this.#focused.id, { pane: pane.id, axis }));
	}

	/** TabStrip: a pane at its place of a layout that holds it and all others. */
	place(pane: Pane, layout: Layout<PaneId>): void {
		this.#see(() => {
			this.#isZoomed = false;
			this.#panes = [...this.#panes, pane];
			this.#layout = layout;
			this.#focused = pane;
		});
	}

	/** TabStrip: takes a pane out; who was beside it gets the keyboard. @returns false for the last one */
	remove(pane: Pane): boolean {
		const layout = removeLeaf(this.#layout, pane.id);
		if (layout === null) return false;
		const { ordered } = this;
		const at = ordered.indexOf(pane);
		const heir = ordered[at - 1] ?? ordered[at + 1];
		this.#see(() => {
			this.#panes = this.#panes.filter((other) => other !== pane);
			this.#layout = layout;
			if (this.#focused === pane && heir) this.#focused = heir;
		});
		return true;
	}

	/** Marks of news follow what is in view before and after. */
	seen(): void {
		for (const pane of this.#panes) pane.seen();
	}

	#see(change: () => void): void {
		this.seen();
		change();
		this.seen();
	}
}
