// The tabs of a window and their panes: order, which is active, what was closed. Window only; app-client
// builds one. The only one that makes and ends panes.
import { paneId, tabId, type PaneId, type TabId } from '$lib/contracts/ids';
import { PANES_MAX, type SavedTab } from '$lib/storage/windows';
import type { SshSession, SshTarget } from '../sessions/ssh-session.svelte';
import { mapLeaves, paneLayout, type Axis, type Layout } from './layout';
import { Pane, type PaneEnd, type TabSeed } from './pane.svelte';
import { Tab } from './tab.svelte';

/** Closed tabs and splits that can be opened again. */
const CLOSED_MAX = 20;

export interface TabStripOptions {
	readonly createSession: (target: SshTarget) => SshSession;
	/** Follows a session as long as its pane lives. @returns stop */
	readonly watch?: (session: SshSession) => () => void;
	/** A session of this machine ended, or failed. */
	readonly onEnded?: (seed: TabSeed, end: PaneEnd) => void;
}

/** What closing asks before anything is lost. */
export interface CloseOptions {
	readonly isConfirmed: boolean;
}

type Closed =
	| { readonly at: 'tab'; readonly saved: SavedTab; readonly index: number }
	| {
			readonly at: 'pane';
			readonly seed: TabSeed;
			readonly tab: Tab;
			readonly paneId: PaneId;
			readonly before: Layout<PaneId>;
			/** While the tab still looks like this, the split comes back at its place. */
			readonly after: Layout<PaneId>;
	  };

export class TabStrip {
	readonly #createSession: (target: SshTarget) => SshSession;
	readonly #watch: (session: SshSession) => () => void;
	readonly #onEnded: (seed: TabSeed, end: PaneEnd) => void;
	#tabs: readonly Tab[] = $state.raw([]);
	#activeId: TabId | null = $state(null);
	/** The tab to return to from the launcher. */
	#lastActiveId: TabId | null = $state(null);
	#isOneAtATime = $state(false);
	#closed: readonly Closed[] = $state.raw([]);
	#nextId = 1;

	readonly #active = $derived.by(() => this.#tabs.find(({ id }) => id === this.#activeId) ?? null);
	readonly #panes = $derived(this.#tabs.flatMap(({ panes }) => panes));

	constructor(options: TabStripOptions) {
		this.#createSession = options.createSession;
		this.#watch = options.watch ?? (() => () => undefined);
		this.#onEnded = options.onEnded ?? (() => undefined);
	}

	get tabs(): readonly Tab[] {
		return this.#tabs;
	}

	/** Of all tabs. */
	get panes(): readonly Pane[] {
		return this.#panes;
	}

	/** null shows the launcher. */
	get active(): Tab | null {
		return this.#active;
	}

	/** The tab in view, or the one that the launcher returns to. */
	get lastActive(): Tab | null {
		return (
			this.#active ??
			this.#tabs.find(({ id }) => id === this.#lastActiveId) ??
			this.#tabs[0] ??
			null
		);
	}

	/** Sessions that a reload or an update would end. */
	get liveCount(): number {
		return this.#panes.filter(({ session }) => session.isLive).length;
	}

	/** Sessions that are open, or become it by themselves. */
	get heldCount(): number {
		return this.#panes.filter(({ session }) => session.goesOn).length;
	}

	get canReopen(): boolean {
		return this.#closed.length > 0;
	}

	/** The screen is too small for two splits side by side. */
	get isOneAtATime(): boolean {
		return this.#isOneAtATime;
	}

	setOneAtATime(isOneAtATime: boolean): void {
		this.#active?.seen();
		this.#isOneAtATime = isOneAtATime;
		this.#active?.seen();
	}

	/** Opens at the end, activates and connects. */
	open(seed: TabSeed): Tab {
		const saved: SavedTab = { name: null, layout: paneLayout(seed), focusedIndex: 0 };
		return this.#insert(saved, this.#tabs.length);
	}

	/** Opens a tab with its splits and its name, and connects each.
	 *  @param index at the end when absent */
	openSaved(saved: SavedTab, index: number = this.#tabs.length): Tab {
		return this.#insert(saved, Math.max(0, Math.min(index, this.#tabs.length)));
	}

	/** Divides the area of the tab's pane with the keyboard; the new one gets it.
	 *  @param seed the same machine and user when absent
	 *  @returns null when the tab has as many as it may */
	split(tab: Tab, axis: Axis, seed: TabSeed = tab.seed): Pane | null {
		if (!this.canSplit(tab)) return null;
		const pane = this.#createPane(seed, tab.id);
		tab.add(pane, axis);
		pane.session.open();
		return pane;
	}

	canSplit(tab: Tab): boolean {
		return this.#tabs.includes(tab) && tab.panes.length < PANES_MAX;
	}

	/** Closes a tab with all its splits. `asks`: one is live and nothing was closed; call again with
	 *  `{ isConfirmed: true }`. */
	close(id: TabId, options: CloseOptions = { isConfirmed: false }): 'closed' | 'asks' {
		const index = this.#tabs.findIndex((tab) => tab.id === id);
		const tab = this.#tabs[index];
		if (tab === undefined) return 'closed';
		if (tab.liveCount > 0 && !options.isConfirmed) return 'asks';
		this.#remember({ at: 'tab', saved: tab.saved, index });
		this.#take(tab, index);
		return 'closed';
	}

	/** Closes one split; the last one takes its tab along. `asks` as `close` does. */
	closePane(
		tab: Tab,
		pane: Pane,
		options: CloseOptions = { isConfirmed: false }
	): 'closed' | 'asks' {
		if (tab.panes.length <= 1) return this.close(tab.id, options);
		if (!tab.panes.includes(pane)) return 'closed';
		if (pane.session.isLive && !options.isConfirmed) return 'asks';
		const before = tab.layout;
		tab.remove(pane);
		const { seed, id } = pane;
		this.#remember({ at: 'pane', seed, tab, paneId: id, before, after: tab.layout });
		pane.dispose();
		return 'closed';
	}

	/** A tab that lives on in another window: it goes without a question and is not reopened here. */
	handOver(tab: Tab): void {
		const index = this.#tabs.indexOf(tab);
		if (index >= 0) this.#take(tab, index);
	}

	/** null goes to the launcher. */
	activate(id: TabId | null): void {
		this.#active?.seen();
		this.#lastActiveId = this.#activeId ?? this.#lastActiveId;
		this.#activeId = id !== null && this.#tabs.some((tab) => tab.id === id) ? id : null;
		this.#active?.seen();
	}

	/** From the launcher back to the tab that was active before; the first one otherwise. */
	activateLast(): void {
		this.activate(this.lastActive?.id ?? null);
	}

	/** @param index 0 for the first; beyond the end is the last */
	activateAt(index: number): void {
		const tab = this.#tabs[Math.min(index, this.#tabs.length - 1)];
		if (tab !== undefined) this.activate(tab.id);
	}

	move(id: TabId, toIndex: number): void {
		const tab = this.#tabs.find((known) => known.id === id);
		if (tab === undefined) return;
		const others = this.#tabs.filter((known) => known !== tab);
		const at = Math.max(0, Math.min(toIndex, others.length));
		this.#tabs = [...others.slice(0, at), tab, ...others.slice(at)];
	}

	next(): void {
		this.#step(1);
	}

	previous(): void {
		this.#step(-1);
	}

	/** A tab of the same machines and splits, right of it. */
	duplicate(tab: Tab): Tab {
		return this.#insert(tab.saved, this.#tabs.indexOf(tab) + 1);
	}

	/** A tab of the same machine and user, in the folder of the split with the keyboard. */
	duplicateHere(tab: Tab): Tab {
		const { seed, cwd } = tab.pane;
		const here = cwd === null ? seed : { ...seed, folder: cwd };
		const saved: SavedTab = { name: null, layout: paneLayout(here), focusedIndex: 0 };
		return this.#insert(saved, this.#tabs.indexOf(tab) + 1);
	}

	/** Opens what was closed last, tab or split, at its place. */
	reopenClosed(): Tab | null {
		const last = this.#closed.at(-1);
		if (last === undefined) return null;
		this.#closed = this.#closed.slice(0, -1);
		if (last.at === 'tab') return this.openSaved(last.saved, last.index);
		const { tab, seed, before, after, paneId: oldId } = last;
		if (!this.canSplit(tab)) return this.open(seed);
		this.activate(tab.id);
		if (tab.layout !== after) {
			this.split(tab, 'row', seed);
			return tab;
		}
		const pane = this.#createPane(seed, tab.id);
		tab.place(
			pane,
			mapLeaves(before, (id) => (id === oldId ? pane.id : id))
		);
		pane.session.open();
		return tab;
	}

	dispose(): void {
		const panes = this.#panes;
		this.#tabs = [];
		this.#activeId = null;
		for (const pane of panes) pane.dispose();
	}

	#insert(saved: SavedTab, index: number): Tab {
		const id = tabId(`tab-${String(this.#nextId++)}`);
		const panes: Pane[] = [];
		const layout = mapLeaves(saved.layout, (seed) => {
			const pane = this.#createPane(seed, id);
			panes.push(pane);
			return pane.id;
		});
		const [first, ...others] = panes;
		if (first === undefined) throw new Error('a layout has at least one pane');
		const tab = new Tab({
			id,
			panes: [first, ...others],
			layout,
			focusedIndex: saved.focusedIndex,
			givenName: saved.name,
			isOneAtATime: () => this.#isOneAtATime
		});
		this.#tabs = [...this.#tabs.slice(0, index), tab, ...this.#tabs.slice(index)];
		this.activate(id);
		for (const pane of panes) pane.session.open();
		return tab;
	}

	#createPane(seed: TabSeed, inTab: TabId): Pane {
		const id = paneId(`pane-${String(this.#nextId++)}`);
		const session = this.#createSession(seed);
		return new Pane({
			id,
			seed,
			session,
			onDisposed: this.#watch(session),
			isSeen: () =>
				this.#activeId === inTab &&
				(this.#tabs.find((tab) => tab.id === inTab)?.shows(id) ?? false),
			onEnded: (end) => {
				this.#onEnded(seed, end);
			}
		});
	}

	#take(tab: Tab, index: number): void {
		const isActive = this.#activeId === tab.id;
		this.#tabs = this.#tabs.filter((other) => other !== tab);
		if (isActive) this.activate((this.#tabs[index] ?? this.#tabs[index - 1])?.id ?? null);
		for (const pane of tab.panes) pane.dispose();
	}

	#remember(closed: Closed): void {
		this.#closed = [...this.#closed, closed].slice(-CLOSED_MAX);
	}

	#step(by: 1 | -1): void {
		const count = this.#tabs.length;
		if (count === 0) return;
		const index = this.#tabs.findIndex(({ id }) => id === this.#activeId);
		const start = index < 0 ? (by === 1 ? -1 : 0) : index;
		this.activateAt((start + by + count) % count);
	}
}
