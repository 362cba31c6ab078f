// The time as components show it, moving at a chosen pace. Window only; made in a component's init.
import { onDestroy } from 'svelte';

/** `now(100).ms` moves ten times a second until the component goes. */
export function now(paceMs: number): { readonly ms: number } {
	let ms = $state.raw(Date.now());
	const timer = setInterval(() => (ms = Date.now()), paceMs);
	onDestroy(() => {
		clearInterval(timer);
	});
	return {
		get ms() {
			return ms;
		}
	};
}
