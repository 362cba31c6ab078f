// The frame's colour follows the scheme that the person chose, and the system again.
import { expect, it } from 'vitest';
import { followScheme } from '$lib/client/settings/theme-color';

it('follows the chosen scheme, and the system again', () => {
	document.head.innerHTML = `
		<meta name="theme-color" content="#eee" media="(prefers-color-scheme: light)">
		<meta name="theme-color" content="#111" media="(prefers-color-scheme: dark)">`;
	const colors = () =>
		[...document.querySelectorAll<HTMLMetaElement>('meta')].map(({ content }) => content);
	followScheme(document, 'dark');
	expect(colors()).toEqual(['#111', '#111']);
	followScheme(document, 'light');
	expect(colors()).toEqual(['#eee', '#eee']);
	followScheme(document, 'light', '#0d0e16');
	expect(colors()).toEqual(['#0d0e16', '#0d0e16']);
	followScheme(document, 'system');
	expect(colors()).toEqual(['#eee', '#111']);
});
