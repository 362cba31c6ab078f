// What each action of the keymap does in this window, and when it can be done: the one table behind
// keys, palette and menus. Window only; Workspace builds one.
import type { ActionId } from '../keymap/actions';
import type { AppClient } from '../context';
import { RATIO_STEP, type Axis, type Direction } from '../tabs/layout';
import type { Tab } from '../tabs/tab.svelte';
import { DEFAULT_SETTINGS } from '$lib/storage/settings';
import type { PaneHands, WindowView } from './window-view.svelte';

interface WindowAction {
	readonly isEnabled: () => boolean;
	readonly run: () => void;
}

export class WindowActions {
	readonly #actions: Readonly<Record<ActionId, WindowAction>>;

	constructor(
		view: WindowView,
		client: Pick<AppClient, 'tabs' | 'settings' | 'isStoragePersistent'>
	) {
		this.#actions = tableOf(view, client);
	}

	isEnabled(id: ActionId): boolean {
		return this.#actions[id].isEnabled();
	}

	/** Nothing happens when it cannot be done. */
	run(id: ActionId): void {
		const action = this.#actions[id];
		if (action.isEnabled()) action.run();
	}
}

function tableOf(
	view: WindowView,
	client: Pick<AppClient, 'tabs' | 'settings' | 'isStoragePersistent'>
): Readonly<Record<ActionId, WindowAction>> {
	const { tabs, settings } = client;
	const always = (run: () => void): WindowAction => ({ isEnabled: () => true, run });
	/** Of the tab in view. */
	const onTab = (run: (tab: Tab) => void, isFit: (tab: Tab) => boolean = () => true) => ({
		isEnabled: () => tabs.active !== null && isFit(tabs.active),
		run: () => {
			if (tabs.active !== null) run(tabs.active);
		}
	});
	/** Of the terminal with the keyboard. */
	const onPane = (run: (hands: PaneHands) => void): WindowAction =>
		onTab(() => {
			if (view.hands !== null) run(view.hands);
		});
	const isSplit = (tab: Tab) => tab.panes.length > 1;
	const split = (axis: Axis) =>
		onTab(
			(tab) => void tabs.split(tab, axis),
			(tab) => tabs.canSplit(tab)
		);
	const toward = (direction: Direction) =>
		onTab((tab) => {
			// One at a time has no directions: the next one is what is meant.
			if (tabs.isOneAtATime) tab.focusNext(direction === 'left' || direction === 'up' ? -1 : 1);
			else tab.focusNeighbour(direction);
			view.hands?.focus();
		}, isSplit);
	const moveBy = (by: 1 | -1): WindowAction =>
		onTab(
			(tab) => {
				tabs.move(tab.id, tabs.tabs.indexOf(tab) + by);
			},
			(tab) => tabs.tabs[tabs.tabs.indexOf(tab) + by] !== undefined
		);
	const numbered = (number: number): WindowAction => ({
		isEnabled: () => tabs.tabs.length > 0,
		run: () => {
			tabs.activateAt(number - 1);
		}
	});
	const size = (pxOf: (px: number) => number): WindowAction =>
		always(() => {
			view.resizeText(pxOf(settings.values.fontSizePx));
		});
	const grow = (step: number): WindowAction =>
		onTab(
			(tab) => {
				tab.grow(step);
			},
			(tab) => isSplit(tab) && !tab.isZoomed && !tabs.isOneAtATime
		);
	return {
		palette: always(() => {
			view.togglePalette();
		}),
		search: always(() => {
			if (view.isAtMachines) view.showMachines();
			else view.openPalette();
		}),
		machines: always(() => {
			view.showMachines();
		}),
		settings: always(() => {
			view.showSettings();
		}),
		'new-window': always(() => {
			view.openWindow();
		}),
		'next-part': always(() => {
			view.nextPart();
		}),
		'new-tab': always(() => {
			view.showMachines();
		}),
		'duplicate-tab': onTab((tab) => void tabs.duplicate(tab)),
		'duplicate-here': onTab(
			(tab) => void tabs.duplicateHere(tab),
			(tab) => tab.pane.cwd !== null
		),
		'close-pane': onTab((tab) => {
			view.closePane(tab, tab.pane);
		}),
		'reopen-closed': { isEnabled: () => tabs.canReopen, run: () => void tabs.reopenClosed() },
		'rename-tab': onTab((tab) => {
			view.rename(tab);
		}),
		'move-to-new-window': onTab(
			(tab) => {
				view.moveToNewWindow(tab);
			},
			() => client.isStoragePersistent
		),
		'next-tab': {
			isEnabled: () => tabs.tabs.length > 0,
			run: () => {
				tabs.next();
			}
		},
		'previous-tab': {
			isEnabled: () => tabs.tabs.length > 0,
			run: () => {
				tabs.previous();
			}
		},
		'move-tab-left': moveBy(-1),
		'move-tab-right': moveBy(1),
		'tab-1': numbered(1),
		'tab-2': numbered(2),
		'tab-3': numbered(3),
		'tab-4': numbered(4),
		'tab-5': numbered(5),
		'tab-6': numbered(6),
		'tab-7': numbered(7),
		'tab-8': numbered(8),
		'tab-9': numbered(9),
		'split-right': split('row'),
		'split-down': split('column'),
		'zoom-split': onTab((tab) => {
			tab.setZoomed(!tab.isZoomed);
		}, isSplit),
		'focus-left': toward('left'),
		'focus-right': toward('right'),
		'focus-up': toward('up'),
		'focus-down': toward('down'),
		'grow-split': grow(RATIO_STEP),
		'shrink-split': grow(-RATIO_STEP),
		copy: onPane((hands) => {
			hands.copy();
		}),
		'select-all': onPane((hands) => {
			hands.selectAll();
		}),
		paste: onPane((hands) => {
			hands.pasteNow();
		}),
		find: onPane((hands) => {
			hands.find();
		}),
		'previous-prompt': onPane((hands) => {
			hands.toPrompt(-1);
		}),
		'next-prompt': onPane((hands) => {
			hands.toPrompt(1);
		}),
		'copy-output': onPane((hands) => {
			hands.copyOutput();
		}),
		'save-text': onPane((hands) => {
			hands.save();
		}),
		'terminal-menu': onPane((hands) => {
			hands.openMenu();
		}),
		'read-line': onPane((hands) => {
			hands.readLine();
		}),
		clear: onPane((hands) => {
			hands.clear();
		}),
		reset: onPane((hands) => {
			hands.reset();
		}),
		reconnect: onPane((hands) => {
			hands.reconnect();
		}),
		diagnose: onTab((tab) => {
			view.diagnose(tab.pane);
		}),
		larger: size((px) => px + 1),
		smaller: size((px) => px - 1),
		'usual-size': size(() => DEFAULT_SETTINGS.fontSizePx)
	};
}
