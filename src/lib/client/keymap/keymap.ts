// Which action a key means, on this platform and with the person's own keys; and keys as words. Pure.
// Workspace asks on each key before a terminal sees it; palette, menus and settings show the words.
import { ACTIONS, isActionId, type ActionId, type ActionInfo } from './actions';

/** What of a KeyboardEvent counts. */
export type ChordKey = Pick<
	KeyboardEvent,
	'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'
>;

/** The person's own keys by action: a chord, or null for none (SettingsRecord.keys). */
export type OwnKeys = Readonly<Record<string, string | null>>;

export interface KeyContext {
	readonly isMac: boolean;
	/** A terminal has the keyboard. */
	readonly hasTerminal: boolean;
	/** A text field that is no terminal has the keyboard. */
	readonly isTyping?: boolean;
	/** That field holds text. */
	readonly hasText?: boolean;
	/** The list of machines is in view. */
	readonly isAtMachines?: boolean;
	readonly keys: OwnKeys;
}

export const ACTION_IDS: readonly ActionId[] = Object.keys(ACTIONS).filter(isActionId);

/** All rows of the table alike, the optional ones included. */
const actionInfo = (id: ActionId): ActionInfo => ACTIONS[id];

const MODIFIERS = ['Mod', 'Ctrl', 'Alt', 'Shift', 'Meta'] as const;
type Modifier = (typeof MODIFIERS)[number];

interface Chord {
	readonly modifiers: readonly Modifier[];
	readonly code: string;
}

const isFunctionKey = (code: string): boolean => /^F([1-9]|1\d|2[0-4])$/.test(code);

/** A chord as text, taken apart.
 *  @returns null for what is no chord, or would take a key from whoever types: a letter alone */
function parseChord(text: string): Chord | null {
	const parts = text.split('+');
	const code = parts.pop() ?? '';
	if (!/^[A-Z][A-Za-z0-9]{0,23}$/.test(code)) return null;
	const modifiers = MODIFIERS.filter((name) => parts.includes(name));
	if (modifiers.length !== parts.length) return null;
	const isHeld = modifiers.some((name) => name !== 'Shift');
	return isHeld || isFunctionKey(code) ? { modifiers, code } : null;
}

/** @returns whether stored or imported text is a chord an action can have */
export const isChord = (text: string): boolean => parseChord(text) !== null;

/** The chord with `Mod` as this platform's keys, in one order: equal text is the same key. */
function resolve({ modifiers, code }: Chord, isMac: boolean): string {
	const has = (name: Modifier) => modifiers.includes(name);
	return chordText({
		ctrl: has('Ctrl') || (has('Mod') && !isMac),
		alt: has('Alt'),
		shift: has('Shift') || (has('Mod') && !isMac),
		meta: has('Meta') || (has('Mod') && isMac),
		code
	});
}

interface Held {
	readonly ctrl: boolean;
	readonly alt: boolean;
	readonly shift: boolean;
	readonly meta: boolean;
	readonly code: string;
}

const chordText = ({ ctrl, alt, shift, meta, code }: Held): string =>
	`${ctrl ? 'Ctrl+' : ''}${alt ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${meta ? 'Meta+' : ''}${code}`;

/** Asked of every chord of the table at each key with Ctrl, Alt or Meta: parsed once. */
const RESOLVED = { mac: new Map<string, string | null>(), other: new Map<string, string | null>() };

function resolved(text: string, isMac: boolean): string | null {
	const known = RESOLVED[isMac ? 'mac' : 'other'];
	const found = known.get(text);
	if (found !== undefined) return found;
	const chord = parseChord(text);
	const made = chord === null ? null : resolve(chord, isMac);
	known.set(text, made);
	return made;
}

const SIGN_CODES: Readonly<Record<string, string>> = {
	',': 'Comma',
	'-': 'Minus',
	_: 'Minus',
	'=': 'Equal',
	'+': 'Equal'
};

/** The key as the layout has it (Q of a French keyboard is Q), digits and the rest by position. */
function codeOf({ key, code }: ChordKey): string {
	if (/^Digit\d$/.test(code)) return code;
	if (/^[A-Za-z]$/.test(key)) return `Key${key.toUpperCase()}`;
	return SIGN_CODES[key] ?? code;
}

const BARE = /^(Control|Shift|Alt|Meta|OS|AltGraph|CapsLock|Fn|Dead|Process|Unidentified)/;

/** What is held, as text of this platform; null when it is no chord. */
function heldChord(event: ChordKey, isMac: boolean): string | null {
	const { ctrlKey: ctrl, altKey: alt, shiftKey: shift, metaKey: meta, key } = event;
	const code = codeOf(event);
	if (!ctrl && !alt && !meta && !isFunctionKey(code)) return null;
	if (code === '' || BARE.test(key)) return null;
	// AltGr counts as Ctrl+Alt on Windows: what it types is text, not a command.
	const isPlain = /^[\x20-\x7e]$/.test(key) && /^(Key[A-Z]|Digit\d)$/.test(code);
	const isOwnSign = key.toUpperCase() === code.slice(-1);
	if (ctrl && alt && !isMac && key.length === 1 && !(isPlain && isOwnSign)) return null;
	return chordText({ ctrl, alt, shift, meta, code });
}

/** The chord a person presses for an action, with `Mod` where the platform's pair is held, so that it
 *  means the same on another one.
 *  @returns null for a key that cannot be one: a modifier or a letter alone */
export function chordFromEvent(event: ChordKey, isMac: boolean): string | null {
	const text = heldChord(event, isMac);
	if (text === null) return null;
	const pair = isMac ? /^Meta\+/ : /^Ctrl\+Shift\+/;
	const chord = text.replace(pair, 'Mod+');
	return isChord(chord) ? chord : null;
}

const usualOf = (id: ActionId, isMac: boolean): string | null => {
	const info = actionInfo(id);
	return (isMac ? info.usualMac : undefined) ?? info.usual;
};

const ownOf = (id: ActionId, keys: OwnKeys): string | null | undefined => {
	const own = Object.hasOwn(keys, id) ? keys[id] : undefined;
	// A damaged entry counts as none: the usual key stays.
	return typeof own === 'string' && !isChord(own) ? undefined : own;
};

/** The key of an action: the person's own, else the usual one; null when it has none. */
export function chordOf(id: ActionId, keys: OwnKeys, isMac = false): string | null {
	const own = ownOf(id, keys);
	return own === undefined ? usualOf(id, isMac) : own;
}

/** Words and lines of a text field: passed over, or selected. */
const FIELD_STEP = /^(Ctrl\+Shift|(Shift\+)?Meta)\+Arrow\w+$/;
/** Brings back what was undone in one. In an empty one, such as the launcher's search after the last tab
 *  was closed, it is the window's. */
const FIELD_REDO = 'Ctrl+Shift+KeyZ';
/** Another user and the star, by key of the list of machines (launcher.svelte.ts). On a Mac they are usual
 *  keys of splits, too, of which there are none while the list is in view. */
const MACHINES_KEYS: readonly string[] = ['Ctrl+Enter', 'Ctrl+KeyD', 'Meta+Enter', 'Meta+KeyD'];

/** @returns the action of a key, or null when the key is not the window's */
export function actionOf(event: ChordKey, context: KeyContext): ActionId | null {
	const { isMac, hasTerminal, keys } = context;
	const { isTyping = false, hasText = false, isAtMachines = false } = context;
	const text = heldChord(event, isMac);
	if (text === null) return null;
	let second: ActionId | null = null;
	let usual: ActionId | null = null;
	for (const id of ACTION_IDS) {
		const own = ownOf(id, keys);
		if (typeof own === 'string' && resolved(own, isMac) === text) return id;
		if (own !== undefined) continue;
		const isHere = (chord: string | null) => chord !== null && resolved(chord, isMac) === text;
		if (isHere(usualOf(id, isMac))) usual ??= id;
		else if ((actionInfo(id).also ?? []).some(isHere)) second ??= id;
	}
	const found = usual ?? second;
	if (found === null) return null;
	const { leftTo } = actionInfo(found);
	const isLeft =
		(isAtMachines && MACHINES_KEYS.includes(text)) ||
		(leftTo === 'shell' && hasTerminal) ||
		(leftTo === 'browser' && !hasTerminal) ||
		(leftTo === 'field' && isTyping && (FIELD_STEP.test(text) || (text === FIELD_REDO && hasText)));
	return isLeft ? null : found;
}

/** Which action answers to a chord now; null when it is free.
 *  @param except the action that asks */
export function holderOf(
	chord: string,
	options: { readonly keys: OwnKeys; readonly isMac: boolean; readonly except: ActionId }
): ActionId | null {
	const { keys, isMac, except } = options;
	const text = resolved(chord, isMac);
	return (
		ACTION_IDS.find((id) => {
			const other = id === except ? null : chordOf(id, keys, isMac);
			return other !== null && resolved(other, isMac) === text;
		}) ?? null
	);
}

export interface KeyConflict {
	readonly chord: string;
	/** Two or more; the first one answers. */
	readonly ids: readonly ActionId[];
}

/** Keys that more than one action has. */
export function conflicts(keys: OwnKeys, isMac: boolean): readonly KeyConflict[] {
	const byText = new Map<string, { chord: string; ids: ActionId[] }>();
	for (const id of ACTION_IDS) {
		const chord = chordOf(id, keys, isMac);
		const text = chord === null ? null : resolved(chord, isMac);
		if (chord === null || text === null) continue;
		const known = byText.get(text);
		// Whoever was given the key by the person answers before the one whose usual key it is.
		if (known) known.ids[ownOf(id, keys) === undefined ? 'push' : 'unshift'](id);
		else byText.set(text, { chord, ids: [id] });
	}
	return [...byText.values()].filter(({ ids }) => ids.length > 1);
}

/** Whether programs in a terminal use the key: taking it is allowed, and said. */
export function isShellKey(chord: string, isMac: boolean): boolean {
	const text = resolved(chord, isMac) ?? '';
	const isControl = /^Ctrl\+(Alt\+)?(Key.|Space|Slash|Backslash|Bracket\w+)$/.test(text);
	return isControl || /^Alt\+(Shift\+)?(?!F\d)[A-Z]\w+$/.test(text);
}

const CODE_WORDS: Readonly<Record<string, string>> = {
	ArrowLeft: '←',
	ArrowRight: '→',
	ArrowUp: '↑',
	ArrowDown: '↓',
	PageUp: 'PgUp',
	PageDown: 'PgDn',
	Escape: 'Esc',
	Comma: ',',
	Period: '.',
	Slash: '/',
	Backslash: '\\',
	Semicolon: ';',
	Quote: "'",
	Backquote: '`',
	BracketLeft: '[',
	BracketRight: ']',
	Minus: '−',
	Equal: '+',
	Delete: 'Del',
	Insert: 'Ins'
};
const MODIFIER_WORDS = { Ctrl: 'Ctrl', Alt: 'Alt', Shift: 'Shift', Meta: 'Super' } as const;
const MODIFIER_SIGNS = { Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Meta: '⌘' } as const;

/** A chord as what is printed on the keys, e.g. `['Ctrl', 'Shift', 'P']` or `['⌘', 'P']`. */
export function chordLabel(chord: string, isMac: boolean): readonly string[] {
	const parts = resolved(chord, isMac)?.split('+') ?? [];
	const code = parts.pop() ?? '';
	const words = isMac ? MODIFIER_SIGNS : MODIFIER_WORDS;
	return [
		...parts.flatMap((part) =>
			part === 'Ctrl' || part === 'Alt' || part === 'Shift' || part === 'Meta' ? [words[part]] : []
		),
		...(code === '' ? [] : [CODE_WORDS[code] ?? code.replace(/^(Key|Digit)(?=.$)/, '')])
	];
}

/** The key of an action as words, for palette and menus; undefined when it has none. */
export function actionKeys(
	id: ActionId,
	options: { readonly keys: OwnKeys; readonly isMac: boolean }
): readonly string[] | undefined {
	const chord = chordOf(id, options.keys, options.isMac);
	return chord === null ? undefined : chordLabel(chord, options.isMac);
}
