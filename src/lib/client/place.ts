// What stands where no tab is active: the machines, or a section of the settings; and its address.
// Pure; the layout keeps the place in the history without loading another page, so that terminals live on.

/** In the order of the page. */
export const SETTINGS_SECTIONS = [
	'appearance',
	'terminal',
	'keyboard',
	'connections',
	'notifications',
	'privacy',
	'backup',
	'about'
] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

export type Place =
	{ readonly at: 'machines' } | { readonly at: 'settings'; readonly section: SettingsSection };

export const MACHINES: Place = { at: 'machines' };

/** The place of an address the window begins with. */
export function parsePlace({ pathname, hash }: Pick<URL, 'pathname' | 'hash'>): Place {
	if (pathname !== '/settings') return MACHINES;
	const section = SETTINGS_SECTIONS.find((name) => hash === `#${name}`) ?? 'appearance';
	return { at: 'settings', section };
}

export const placePath = (place: Place): string =>
	place.at === 'machines' ? '/' : `/settings#${place.section}`;
