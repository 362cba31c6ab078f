// What themes.config.ts puts into the build.
declare module 'virtual:terminal-themes' {
	/** Ghostty's text of each theme that is offered. */
	const themes: readonly { readonly name: string; readonly text: string }[];
	export default themes;
}
