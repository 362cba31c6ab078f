// What one window shows beside its tabs: the page behind them, the dialog over them, a tab being renamed;
// and what a person can do there. Window only; Workspace builds one, its parts show it, and
// WindowActions carries keys, palette and menus to it.
import type { WireError } from '$lib/contracts/app-error';
import type { Login, NodeName } from '$lib/contracts/ids';
import { launchPath } from '$lib/storage/os-menu';
import { FONT_SIZE_MAX_PX, FONT_SIZE_MIN_PX } from '$lib/storage/settings';
import type { OpenIn } from '../settings/fields';
import type { PlainKey } from '../terminal/keyboard';
import type { Point } from '../terminal/pointer';
import { paneLayout } from '../tabs/layout';
import type { Pane, TabSeed } from '../tabs/pane.svelte';
import type { AppClient } from '../context';
import { MACHINES, type AdminSection, type Place, type SettingsSection } from '../place';
import type { Tab } from '../tabs/tab.svelte';
import type { AppWindow } from '../window-context';

/** What is open over the window; one at a time. */
export type Floating =
	| {
			readonly at: 'login';
			readonly node: NodeName;
			/** To begin with; may be no possible account. */
			readonly login: string;
			/** Another site or the system asked. */
			readonly isFromLink: boolean;
	  }
	/** A live session would end: `pane` is null when the whole tab goes. */
	| { readonly at: 'close'; readonly tab: Tab; readonly pane: Pane | null }
	/** Live sessions of all these would end. */
	| { readonly at: 'close-others'; readonly kept: Tab; readonly others: readonly Tab[] }
	/** Its live sessions would begin anew in the other window. */
	| { readonly at: 'move'; readonly tab: Tab }
	/** The legs of the way to its machine. */
	| { readonly at: 'diagnosis'; readonly pane: Pane }
	| { readonly at: 'sign-out'; readonly isEverywhere: boolean }
	/** How to install the app. */
	| { readonly at: 'install' }
	/** A link that is not followed. */
	| { readonly at: 'refused'; readonly error: WireError }
	| { readonly at: 'palette'; readonly query: string };

/** What the window asks of a terminal's component. */
export interface PaneHands {
	focus(): void;
	copy(): void;
	/** Something is selected. */
	hasSelection(): boolean;
	/** Selects scrollback and screen. */
	selectAll(): void;
	/** Speaks the line that the cursor is on. */
	readLine(): void;
	pasteNow(): void;
	find(): void;
	toPrompt(by: 1 | -1): void;
	copyOutput(): void;
	/** Screen and scrollback, as a file. */
	save(): void;
	/** Opens the menu of the terminal at its cursor. */
	openMenu(): void;
	/** Asks, then opens it. */
	openLink(url: string): void;
	/** Sends a key as if it had been pressed. */
	sendKey(key: PlainKey): void;
	clear(): void;
	reset(): void;
	reconnect(): void;
}

/** Where a terminal's menu is open. */
export interface TerminalMenuPlace extends Point {
	/** What the point is on would open. */
	readonly link: string | null;
}

export interface WindowViewOptions {
	readonly client: Pick<
		AppClient,
		'tabs' | 'settings' | 'recents' | 'windows' | 'menuToken' | 'isStoragePersistent'
	>;
	readonly frame: Pick<AppWindow, 'place' | 'go' | 'install'>;
	/** The machines are drawn, or were: the keyboard goes to their search. */
	readonly onMachines: () => void;
	/** Moves the keyboard from tabs to pane to status bar. */
	readonly onNextPart: () => void;
	readonly onSignOut: (isEverywhere: boolean) => void;
	/** Opens a window of the app at this path. */
	readonly openWindow: (path: string) => void;
}

export class WindowView {
	readonly #options: WindowViewOptions;
	readonly #client: WindowViewOptions['client'];
	#floating: Floating | null = $state.raw(null);
	#renaming: Tab | null = $state.raw(null);
	#terminalMenu: TerminalMenuPlace | null = $state.raw(null);
	/** Where settings and the admins' pages return to. */
	#beforePage: Tab | null = null;
	/** By pane id; a terminal's component puts itself here while it lives. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
	readonly #hands = new Map<string, PaneHands>();

	constructor(options: WindowViewOptions) {
		this.#options = options;
		this.#client = options.client;
	}

	get floating(): Floating | null {
		return this.#floating;
	}

	/** Its name is a text field now. */
	get renaming(): Tab | null {
		return this.#renaming;
	}

	/** Where the menu of the terminal with the keyboard is open. */
	get terminalMenu(): TerminalMenuPlace | null {
		return this.#terminalMenu;
	}

	openTerminalMenu(at: Point, link: string | null): void {
		this.#terminalMenu = { ...at, link };
	}

	closeTerminalMenu(): void {
		this.#terminalMenu = null;
	}

	/** The terminal's component of the pane with the keyboard. */
	get hands(): PaneHands | null {
		const { active } = this.#client.tabs;
		return active === null ? null : (this.#hands.get(active.pane.id) ?? null);
	}

	/** @returns what takes it back */
	register(pane: Pane, hands: PaneHands): () => void {
		this.#hands.set(pane.id, hands);
		return () => {
			if (this.#hands.get(pane.id) === hands) this.#hands.delete(pane.id);
		};
	}

	/** Opens a machine in a tab, a split of the tab in view (or last in view), or a window. */
	connect(target: TabSeed, openIn: OpenIn = 'tab'): void {
		this.#floating = null;
		const { tabs } = this.#client;
		const seed: TabSeed = { node: target.node, login: target.login };
		const beside = tabs.lastActive;
		if (openIn === 'window') this.#connectInWindow(seed);
		else if (openIn === 'split' && beside !== null && tabs.canSplit(beside)) {
			tabs.activate(beside.id);
			tabs.split(beside, 'row', seed);
		} else tabs.open(seed);
	}

	/** Connects as the last user, or asks for one. */
	connectTo(node: NodeName, openIn: OpenIn = 'tab'): void {
		const login: Login | null = this.#client.recents.lastLogin(node);
		if (login === null) this.ask(node, '');
		else this.connect({ node, login }, openIn);
	}

	/** The dialog `Connect to NODE`. */
	ask(node: NodeName, login: string, isFromLink = false): void {
		this.#floating = { at: 'login', node, login, isFromLink };
	}

	/** Asks by the browser's own question, or tells how it is done. */
	async install(): Promise<void> {
		if (!(await this.#options.frame.install.ask())) this.#floating = { at: 'install' };
	}

	/** Looks at the way to its machine, whatever its session's phase. */
	diagnose(pane: Pane): void {
		this.#floating = { at: 'diagnosis', pane };
	}

	/** Says why a link is not followed. */
	refuse(error: WireError): void {
		this.#floating = { at: 'refused', error };
	}

	/** The machines, which are also how a new tab begins. */
	showMachines(): void {
		this.#options.frame.go(MACHINES);
		this.#client.tabs.activate(null);
		this.#options.onMachines();
	}

	/** From the machines back to the tab that was in view. */
	leaveMachines(): void {
		this.#client.tabs.activateLast();
	}

	showSettings(section: SettingsSection = 'appearance'): void {
		this.#showPage({ at: 'settings', section });
	}

	/** A page for admins; to others it says that it is not for them. */
	showAdmin(section: AdminSection): void {
		this.#showPage({ at: 'admin', section });
	}

	#showPage(place: Place): void {
		const { tabs } = this.#client;
		const { frame } = this.#options;
		if (frame.place.at === 'machines' || tabs.active !== null) this.#beforePage = tabs.active;
		tabs.activate(null);
		frame.go(place);
	}

	/** Back to where the person came from. */
	leavePage(): void {
		const tab = this.#beforePage;
		if (tab !== null && this.#client.tabs.tabs.includes(tab)) this.activate(tab);
		else this.showMachines();
	}

	/** The list is what the person sees. */
	get isAtMachines(): boolean {
		return this.#client.tabs.active === null && this.#options.frame.place.at === 'machines';
	}

	openPalette(query = ''): void {
		this.#floating = { at: 'palette', query };
	}

	togglePalette(): void {
		if (this.#floating?.at === 'palette') this.#floating = null;
		else this.openPalette();
	}

	dismiss(): void {
		this.#floating = null;
	}

	/** Brings a terminal into view and gives it the keyboard. */
	show(pane: Pane): void {
		const tab = this.#client.tabs.tabs.find(({ panes }) => panes.includes(pane));
		if (tab === undefined) return;
		this.#floating = null;
		tab.focus(pane.id);
		this.activate(tab);
	}

	activate(tab: Tab): void {
		this.#client.tabs.activate(tab.id);
		this.hands?.focus();
	}

	closeTab(tab: Tab): void {
		const { tabs, settings } = this.#client;
		const isConfirmed = !settings.values.isCloseConfirmed;
		if (tabs.close(tab.id, { isConfirmed }) === 'asks') this.#askToClose(tab, null);
	}

	/** The last pane of a tab takes it along. */
	closePane(tab: Tab, pane: Pane): void {
		const { tabs, settings } = this.#client;
		const isConfirmed = !settings.values.isCloseConfirmed;
		if (tabs.closePane(tab, pane, { isConfirmed }) === 'asks') {
			tab.focus(pane.id);
			this.#askToClose(tab, tab.panes.length > 1 ? pane : null);
		}
	}

	/** Those with a live session stay until one question about all of them is answered. */
	closeOthers(kept: Tab): void {
		const { tabs, settings } = this.#client;
		const others = tabs.tabs.filter((tab) => tab !== kept);
		const asked = settings.values.isCloseConfirmed
			? others.filter(({ liveCount }) => liveCount > 0)
			: [];
		const { active } = tabs;
		// Before the one in view goes: its neighbour would come into view, and count as seen.
		if (asked.length === 0 || (active !== null && !asked.includes(active))) tabs.activate(kept.id);
		for (const tab of others) if (!asked.includes(tab)) tabs.close(tab.id, { isConfirmed: true });
		if (asked.length > 0) this.#floating = { at: 'close-others', kept, others: asked };
	}

	answerCloseOthers(isConfirmed: boolean): void {
		const asked = this.#floating;
		this.#floating = null;
		if (asked?.at !== 'close-others' || !isConfirmed) return;
		const { tabs } = this.#client;
		tabs.activate(asked.kept.id);
		for (const tab of asked.others) tabs.close(tab.id, { isConfirmed: true });
	}

	/** Answers the question of `closeTab` or `closePane`. */
	answerClose(isConfirmed: boolean): void {
		const asked = this.#floating;
		this.#floating = null;
		if (asked?.at !== 'close' || !isConfirmed) return;
		const { tabs } = this.#client;
		if (asked.pane === null) tabs.close(asked.tab.id, { isConfirmed: true });
		else tabs.closePane(asked.tab, asked.pane, { isConfirmed: true });
	}

	rename(tab: Tab): void {
		this.#client.tabs.activate(tab.id);
		this.#renaming = tab;
	}

	/** @param name null leaves it as it was; empty gives the tab its own name back */
	renamed(name: string | null): void {
		const tab = this.#renaming;
		this.#renaming = null;
		if (tab === null) return;
		if (name !== null) tab.rename(name);
		this.hands?.focus();
	}

	/** Sessions cannot move: they are opened anew there. Asks when one would end here. */
	moveToNewWindow(tab: Tab): void {
		if (tab.liveCount > 0) this.#floating = { at: 'move', tab };
		else this.#send(tab);
	}

	answerMove(isConfirmed: boolean): void {
		const asked = this.#floating;
		this.#floating = null;
		if (asked?.at === 'move' && isConfirmed) this.#send(asked.tab);
	}

	openWindow(): void {
		this.#options.openWindow('/');
	}

	nextPart(): void {
		this.#options.onNextPart();
	}

	signOut(): void {
		if (this.#client.tabs.liveCount > 0) this.#floating = { at: 'sign-out', isEverywhere: false };
		else this.#options.onSignOut(false);
	}

	/** Always asks: what runs in other browsers ends, too. */
	signOutEverywhere(): void {
		this.#floating = { at: 'sign-out', isEverywhere: true };
	}

	answerSignOut(isConfirmed: boolean): void {
		const isEverywhere = this.#floating?.at === 'sign-out' && this.#floating.isEverywhere;
		this.#floating = null;
		if (isConfirmed) this.#options.onSignOut(isEverywhere);
	}

	resizeText(px: number): void {
		const fontSizePx = Math.min(FONT_SIZE_MAX_PX, Math.max(FONT_SIZE_MIN_PX, px));
		void this.#client.settings.set({ fontSizePx });
	}

	#askToClose(tab: Tab, pane: Pane | null): void {
		this.#client.tabs.activate(tab.id);
		this.#floating = { at: 'close', tab, pane };
	}

	#connectInWindow(seed: TabSeed): void {
		const { windows, menuToken, isStoragePersistent } = this.#client;
		if (!isStoragePersistent) {
			// A record would not leave this window: the address itself says what to open.
			this.#options.openWindow(launchPath(seed, menuToken));
			return;
		}
		const saved = { name: null, layout: paneLayout(seed), focusedIndex: 0 };
		void windows.send([saved], () => undefined);
	}

	#send(tab: Tab): void {
		const { tabs, windows } = this.#client;
		// Ends here only once it is there: a window that the browser refused loses nothing.
		void windows.send([tab.saved], () => {
			tabs.handOver(tab);
		});
	}
}
