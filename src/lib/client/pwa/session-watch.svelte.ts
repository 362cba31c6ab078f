// Holds a Web Lock for each session while it has a shell, or is on its way to one. Window only;
// app-client has the strip call it for each session.
import type { SshSession } from '../sessions/ssh-session.svelte';
import type { SessionLocks } from './session-locks';

/** Phases that an update must not interrupt. */
const LIVE: readonly SshSession['phase']['at'][] = [
	'dialing',
	'authenticating',
	'open',
	'reconnecting'
];

/** @returns stop, which lets go of the lock */
export function watchSession(
	session: Pick<SshSession, 'id' | 'phase'>,
	locks: Pick<SessionLocks, 'hold'>
): () => void {
	return $effect.root(() => {
		const isLive = $derived(LIVE.includes(session.phase.at));
		$effect(() => (isLive ? locks.hold(session.id) : undefined));
	});
}
