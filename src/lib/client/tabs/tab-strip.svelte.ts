// The tabs of a window: order and which is active. Window only; the layout builds one.
import { tabId, type TabId } from '$lib/contracts/ids';
import type { SshSession, SshTarget } from '../sessions/ssh-session.svelte';
import { Tab, type TabSeed } from './tab.svelte';

/** Closed tabs that can be opened again. */
const CLOSED_MAX = 20;

export interface TabStripOptions {
	readonly createSession: (target: SshTarget) => SshSession;
	/** A tab was opened for this target: remember it. */
	readonly onOpened?: (seed: TabSeed) => void;
}

export class TabStrip {
	readonly #createSession: (target: SshTarget) => SshSession;
	readonly #onOpened: (seed: TabSeed) => void;
	#tabs: readonly Tab[] = $state.raw([]);
	#activeId: TabId | null = $state(null);
	/** The tab to return to from the launcher. */
	#lastActiveId: TabId | null = null;
	#closed: readonly { readonly seed: TabSeed; readonly index: number }[] = $state.raw([]);
	#nextId = 1;

	readonly #active = $derived.by(() => this.#tabs.find(({ id }) => id === this.#activeId) ?? null);

	constructor(options: TabStripOptions) {
		this.#createSession = options.createSession;
		this.#onOpened = options.onOpened ?? (() => undefined);
	}

	get tabs(): readonly Tab[] {
		return this.#tabs;
	}

	/** null shows the launcher. */
	get active(): Tab | null {
		return this.#active;
	}

	/** Sessions that a reload or an update would end. */
	get liveCount(): number {
		return this.#tabs.filter(({ session }) => session.isLive).length;
	}

	get canReopen(): boolean {
		return this.#closed.length > 0;
	}

	/** Opens at the end, activates and connects. */
	open(seed: TabSeed): Tab {
		return this.#insert(seed, this.#tabs.length);
	}

	/** `asks`: the session is live and nothing was closed; call again with `{ isConfirmed: true }`. */
	close(
		id: TabId,
		options: { readonly isConfirmed: boolean } = { isConfirmed: false }
	): 'closed' | 'asks' {
		const index = this.#tabs.findIndex((tab) => tab.id === id);
		const tab = this.#tabs[index];
		if (tab === undefined) return 'closed';
		if (tab.session.isLive && !options.isConfirmed) return 'asks';
		const isActive = this.#activeId === id;
		this.#tabs = this.#tabs.filter((other) => other !== tab);
		this.#closed = [...this.#closed, { seed: tab.seed, index }].slice(-CLOSED_MAX);
		if (isActive) this.activate((this.#tabs[index] ?? this.#tabs[index - 1])?.id ?? null);
		tab.session.close();
		tab.session.dispose();
		return 'closed';
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
		const last = this.#tabs.find(({ id }) => id === this.#lastActiveId) ?? this.#tabs[0];
		this.activate(last?.id ?? null);
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

	/** Opens what was closed last, at its place. */
	reopenClosed(): Tab | null {
		const last = this.#closed.at(-1);
		if (last === undefined) return null;
		this.#closed = this.#closed.slice(0, -1);
		return this.#insert(last.seed, Math.min(last.index, this.#tabs.length));
	}

	dispose(): void {
		const tabs = this.#tabs;
		this.#tabs = [];
		this.#activeId = null;
		for (const { session } of tabs) {
			session.close();
			session.dispose();
		}
	}

	#insert(seed: TabSeed, index: number): Tab {
		const id = tabId(`tab-${this.#nextId++}`);
		const tab = new Tab(id, seed, this.#createSession(seed), () => this.#activeId === id);
		this.#tabs = [...this.#tabs.slice(0, index), tab, ...this.#tabs.slice(index)];
		this.activate(id);
		tab.session.open();
		this.#onOpened(seed);
		return tab;
	}

	#step(by: 1 | -1): void {
		const count = this.#tabs.length;
		if (count === 0) return;
		const index = this.#tabs.findIndex(({ id }) => id === this.#activeId);
		const start = index < 0 ? (by === 1 ? -1 : 0) : index;
		this.activateAt((start + by + count) % count);
	}
}
