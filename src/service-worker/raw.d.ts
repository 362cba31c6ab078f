// Vite's text imports, as far as the service worker uses them.
declare module '*?raw' {
	const text: string;
	export default text;
}
