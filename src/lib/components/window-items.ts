// What the palette offers in this window: its actions with their keys, machines, tabs, settings. Made
// anew whenever something of it changes; Workspace asks for it. Window only.
import ArrowDown from '@lucide/svelte/icons/arrow-down';
import ArrowLeft from '@lucide/svelte/icons/arrow-left';
import ArrowRight from '@lucide/svelte/icons/arrow-right';
import ArrowUp from '@lucide/svelte/icons/arrow-up';
import AudioLines from '@lucide/svelte/icons/audio-lines';
import AppWindow from '@lucide/svelte/icons/app-window';
import ClipboardCopy from '@lucide/svelte/icons/clipboard-copy';
import ClipboardPaste from '@lucide/svelte/icons/clipboard-paste';
import Columns2 from '@lucide/svelte/icons/columns-2';
import Copy from '@lucide/svelte/icons/copy';
import CopyPlus from '@lucide/svelte/icons/copy-plus';
import CornerUpLeft from '@lucide/svelte/icons/corner-up-left';
import Download from '@lucide/svelte/icons/download';
import Eraser from '@lucide/svelte/icons/eraser';
import Expand from '@lucide/svelte/icons/expand';
import FolderPlus from '@lucide/svelte/icons/folder-plus';
import LogOut from '@lucide/svelte/icons/log-out';
import History from '@lucide/svelte/icons/history';
import Maximize from '@lucide/svelte/icons/maximize';
import Monitor from '@lucide/svelte/icons/monitor';
import MonitorDot from '@lucide/svelte/icons/monitor-dot';
import MonitorX from '@lucide/svelte/icons/monitor-x';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import Rows2 from '@lucide/svelte/icons/rows-2';
import Search from '@lucide/svelte/icons/search';
import SettingsIcon from '@lucide/svelte/icons/settings';
import Shrink from '@lucide/svelte/icons/shrink';
import SquareTerminal from '@lucide/svelte/icons/square-terminal';
import SquareDashed from '@lucide/svelte/icons/square-dashed';
import Star from '@lucide/svelte/icons/star';
import Stethoscope from '@lucide/svelte/icons/stethoscope';
import X from '@lucide/svelte/icons/x';
import { parseLogin } from '$lib/contracts/parse';
import { ADMIN_WORDS } from '$lib/client/admin/live-windows.svelte';
import type { AppClient } from '$lib/client/context';
import { ACTIONS, type ActionId } from '$lib/client/keymap/actions';
import { whoOf } from '$lib/client/launcher/query';
import { ADMIN_SECTIONS, SETTINGS_SECTIONS } from '$lib/client/place';
import {
	describeSetting,
	FIELDS,
	GROUP_BY_WORDS,
	isFlag,
	SCHEME_WORDS,
	SECTION_WORDS,
	SETTING_NAMES,
	type SettingName
} from '$lib/client/settings/fields';
import type { WindowActions } from '$lib/client/windows/window-actions';
import type { WindowView } from '$lib/client/windows/window-view.svelte';
import { ago } from '$lib/ui/format';
import type { PaletteItem } from './palette-items';
import { phaseWord } from './phase-words';

/** The actions that the palette names, in its order. Those that cannot be done now are left out; tabs and
 *  text sizes are listed by themselves. */
const LISTED: readonly (readonly [ActionId, PaletteItem['icon']])[] = [
	['new-tab', Plus],
	['close-pane', X],
	['split-right', Columns2],
	['split-down', Rows2],
	['zoom-split', Maximize],
	['grow-split', Expand],
	['shrink-split', Shrink],
	['reconnect', RotateCw],
	['diagnose', Stethoscope],
	['copy', Copy],
	['select-all', SquareDashed],
	['paste', ClipboardPaste],
	['find', Search],
	['previous-prompt', ArrowUp],
	['next-prompt', ArrowDown],
	['copy-output', ClipboardCopy],
	['save-text', Download],
	['read-line', AudioLines],
	['clear', Eraser],
	['reset', Eraser],
	['rename-tab', Pencil],
	['duplicate-tab', CopyPlus],
	['duplicate-here', FolderPlus],
	['move-to-new-window', AppWindow],
	['reopen-closed', CornerUpLeft],
	['next-tab', ArrowRight],
	['previous-tab', ArrowLeft],
	['move-tab-left', ArrowLeft],
	['move-tab-right', ArrowRight],
	['new-window', AppWindow],
	['settings', SettingsIcon]
];

export interface WindowItemsOptions {
	readonly view: WindowView;
	readonly actions: WindowActions;
	readonly client: AppClient;
	/** The keys of an action as words; undefined when it has none. */
	readonly keysOf: (id: ActionId) => readonly string[] | undefined;
}

export function windowItems(options: WindowItemsOptions): readonly PaletteItem[] {
	return [
		...recentItems(options),
		...actionItems(options),
		...machineItems(options),
		...tabItems(options),
		...settingItems(options)
	];
}

function actionItems(options: WindowItemsOptions): readonly PaletteItem[] {
	const { view, actions, client, keysOf } = options;
	const { tabs, recents, person } = client;
	const items: PaletteItem[] = LISTED.filter(([id]) => actions.isEnabled(id)).map(([id, icon]) => ({
		id,
		group: 'Actions',
		label: ACTIONS[id].label,
		icon,
		keys: keysOf(id),
		run: () => {
			actions.run(id);
		}
	}));
	const peer = tabs.active?.session.peer;
	if (peer) {
		const { login } = tabs.active.seed;
		const isFavourite = recents.isFavourite(peer.name);
		items.push(
			{
				id: 'star',
				group: 'Actions',
				label: `${isFavourite ? 'Unstar' : 'Star'} ${peer.name}`,
				icon: Star,
				run: () => void recents.setFavourite(peer.name, !isFavourite)
			},
			{
				id: 'other',
				group: 'Actions',
				label: `Connect to ${peer.name} as another user`,
				icon: SquareTerminal,
				run: () => {
					view.ask(peer.name, login);
				}
			}
		);
	}
	items.push({
		id: 'install',
		group: 'Actions',
		label: 'Install Headtab',
		icon: AppWindow,
		note: 'a window and an icon of its own',
		run: () => void view.install()
	});
	if (person.isAdmin === true)
		items.push(
			...ADMIN_SECTIONS.map((section): PaletteItem => ({
				id: `admin-${section}`,
				group: 'Actions',
				label: `Admin: ${ADMIN_WORDS[section]}`,
				icon: section === 'windows' ? MonitorDot : Stethoscope,
				run: () => {
					view.showAdmin(section);
				}
			}))
		);
	items.push({
		id: 'sign-out',
		group: 'Actions',
		label: 'Sign out',
		icon: LogOut,
		note: person.email,
		run: () => {
			view.signOut();
		}
	});
	items.push({
		id: 'sign-out-everywhere',
		group: 'Actions',
		label: 'Sign out everywhere',
		icon: MonitorX,
		note: 'in each browser and device',
		run: () => {
			view.signOutEverywhere();
		}
	});
	return items;
}

/** Sessions that are listed before anything is typed. */
const RECENTS_MAX = 6;

/** What was used last, less what is open: that is among the tabs. */
function recentItems({ view, client }: WindowItemsOptions): readonly PaletteItem[] {
	const { recents, tabs, settings } = client;
	const open = new Set(tabs.tabs.map(({ name }) => name));
	return recents.sessions
		.filter(({ node, login }) => !open.has(`${login}@${node}`))
		.slice(0, RECENTS_MAX)
		.map(({ node, login, openedAtMs }) => ({
			id: `recent-${login}@${node}`,
			group: 'Recent',
			label: `${login}@${node}`,
			isMono: true,
			icon: History,
			note: ago(openedAtMs, Date.now()),
			usedAtMs: openedAtMs,
			run: () => {
				view.connect({ node, login }, settings.values.openIn);
			},
			runInSplit: () => {
				view.connect({ node, login }, 'split');
			}
		}));
}

function machineItems({ view, client }: WindowItemsOptions): readonly PaletteItem[] {
	const { recents, settings } = client;
	return client.peers.peers.map((peer) => ({
		id: `machine-${peer.id}`,
		group: 'Machines',
		label: peer.name,
		isMono: true,
		icon: Monitor,
		os: peer.os,
		isOnline: peer.isOnline,
		note:
			!peer.isOnline && peer.lastSeenMs !== null
				? `last seen ${ago(peer.lastSeenMs, Date.now())}`
				: whoOf(peer),
		tags: [...peer.tags, ...peer.addresses],
		usedAtMs: recents.byNode(peer.name)?.openedAtMs ?? 0,
		run: () => {
			view.connectTo(peer.name, settings.values.openIn);
		},
		runInSplit: () => {
			view.connectTo(peer.name, 'split');
		},
		as: (text: string) => {
			const parsed = parseLogin(text);
			if (!parsed.ok) return null;
			const target = { node: peer.name, login: parsed.login };
			return {
				run: () => {
					view.connect(target, settings.values.openIn);
				},
				runInSplit: () => {
					view.connect(target, 'split');
				}
			};
		}
	}));
}

const NUMBERED: readonly ActionId[] = [
	'tab-1',
	'tab-2',
	'tab-3',
	'tab-4',
	'tab-5',
	'tab-6',
	'tab-7',
	'tab-8',
	'tab-9'
];

function tabItems({ view, client, keysOf }: WindowItemsOptions): readonly PaletteItem[] {
	return client.tabs.tabs.map((tab, index) => {
		const id = NUMBERED[index];
		return {
			id: `tab-${tab.id}`,
			group: 'Tabs',
			label: tab.fullName,
			isMono: true,
			icon: SquareTerminal,
			note: tab.title === '' ? phaseWord(tab.session.phase) : tab.title,
			keys: id && keysOf(id),
			run: () => {
				view.activate(tab);
			}
		};
	});
}

/** Settings that the palette lists value by value. */
const LISTED_BY_VALUE: readonly SettingName[] = ['colorScheme', 'fontSizePx', 'groupBy'];

/** Each setting: a switch turns at once, what has several values opens its section. */
function settingItems(options: WindowItemsOptions): readonly PaletteItem[] {
	const { settings } = options.client;
	const { colorScheme, fontSizePx, groupBy } = settings.values;
	const setting = (id: string, label: string, note: string, run: () => void): PaletteItem => ({
		id: `setting-${id}`,
		group: 'Settings',
		label,
		note,
		icon: SettingsIcon,
		run
	});
	const sized = (id: ActionId) => ({
		...setting(id, ACTIONS[id].label, `${String(fontSizePx)} px`, () => {
			options.actions.run(id);
		}),
		keys: options.keysOf(id)
	});
	const scheme = (value: typeof colorScheme) =>
		setting(value, SCHEME_WORDS[value], colorScheme === value ? 'on' : '', () => {
			void settings.set({ colorScheme: value });
		});
	const grouping = (value: typeof groupBy) =>
		setting(`group-${value}`, GROUP_BY_WORDS[value], groupBy === value ? 'on' : '', () => {
			void settings.set({ groupBy: value });
		});
	return [
		sized('larger'),
		sized('smaller'),
		sized('usual-size'),
		...(['dark', 'light', 'system'] as const).map(scheme),
		...(['state', 'tag', 'owner'] as const).map(grouping),
		...SETTING_NAMES.filter((name) => !LISTED_BY_VALUE.includes(name)).map((name) => {
			const { label, section } = FIELDS[name];
			return setting(name, label, describeSetting(name, settings.values), () => {
				// Notifications need the browser's leave, which their section asks for.
				if (isFlag(name) && name !== 'isNotifying') {
					void settings.set({ [name]: !settings.values[name] });
				} else options.view.showSettings(section);
			});
		}),
		...SETTINGS_SECTIONS.map((section) =>
			setting(`section-${section}`, `Settings: ${SECTION_WORDS[section]}`, '', () => {
				options.view.showSettings(section);
			})
		)
	];
}
