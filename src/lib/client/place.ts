// What stands where no tab is active: the machines, a section of the settings, or a page for admins; and its
// address. Pure; the layout keeps the place in the history without loading another page, so that terminals live on.

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

/** Pages for admins: who has a window open, and whether the deployment is well. */
export const ADMIN_SECTIONS = ['windows', 'doctor'] as const;
export type AdminSection = (typeof ADMIN_SECTIONS)[number];

export type Place =
	| { readonly at: 'machines' }
	| { readonly at: 'settings'; readonly section: SettingsSection }
	| { readonly at: 'admin'; readonly section: AdminSection };

export const MACHINES: Place = { at: 'machines' };

/** The place of an address the window begins with. */
export function parsePlace({ pathname, hash }: Pick<URL, 'pathname' | 'hash'>): Place {
	if (pathname === '/admin') return { at: 'admin', section: 'windows' };
	if (pathname === '/admin/doctor') return { at: 'admin', section: 'doctor' };
	if (pathname !== '/settings') return MACHINES;
	const section = SETTINGS_SECTIONS.find((name) => hash === `#${name}`) ?? 'appearance';
	return { at: 'settings', section };
}

export function placePath(place: Place): string {
	switch (place.at) {
		case 'machines':
			return '/';
		case 'settings':
			return `/settings#${place.section}`;
		case 'admin':
			return place.section === 'windows' ? '/admin' : '/admin/doctor';
	}
}
