// Holds a Web Lock for each session while it has a shell, is on its way to one, or waits to come back with what the
// lost one has written. Window only; app-client has the strip call it for each session.
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
		let hadShell = false;
		const isLive = $derived.by(() => {
			const { phase } = session;
			const comesBack = phase.at === 'joining' || (phase.at === 'failed' && phase.isWaiting);
			if (phase.at === 'open') hadShell = true;
			else if (!comesBack && !LIVE.includes(phase.at)) hadShell = false;
			return LIVE.includes(phase.at) || (comesBack && hadShell);
		});
		$effect(() => (isLive ? locks.hold(session.id) : undefined));
	});
}
