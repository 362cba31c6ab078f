// How a machine's last connection ended, in words. Pure; Inspector shows it.
import type { RecentEnd } from '$lib/client/launcher/launcher.svelte';
import { ago } from '$lib/ui/format';

/** `exit 0, 2 h ago`, or the code of the failure; the second line says when another one ended. */
export function endLines(end: RecentEnd, nowMs: number): readonly string[] {
	const age = ago(end.atMs, nowMs);
	// `now` and `2 h` are spans; a weekday or a date stands for itself.
	const when = age === 'now' ? 'just now' : / (min|h)$/.test(age) ? `${age} ago` : age;
	if (end.code !== null) return [end.code, when];
	return [end.exitStatus === null ? `closed, ${when}` : `exit ${String(end.exitStatus)}, ${when}`];
}
