// What a session's phase is called for a person: in a tab's description, the live region, the pane.
import type { JoinStep } from '$lib/contracts/tailnet';
import type { SshExit } from '$lib/contracts/wasm';
import type { NewShell, SshPhase, SshSession } from '$lib/client/sessions/ssh-session.svelte';
import { report } from '$lib/contracts/app-error';
import { assertNever } from '$lib/contracts/parse';

/** One word or two.
 *  @param heldSinceMs of an open shell that cannot be reached */
export function phaseWord(phase: SshPhase, heldSinceMs: number | null = null): string {
	switch (phase.at) {
		case 'joining':
			return 'joining the tailnet';
		case 'dialing':
			return 'connecting';
		case 'authenticating':
			return 'signing in';
		case 'open':
			return heldSinceMs === null ? 'connected' : 'reconnecting';
		case 'reconnecting':
			return 'reconnecting';
		case 'closed':
			return 'closed';
		case 'failed':
			return phase.isWaiting ? 'waiting' : 'failed';
		default:
			return assertNever(phase);
	}
}

/** What a person must know of a shell that took the place of another. */
export function newShellWords({ cause, isInputInDoubt }: NewShell): string {
	const lost = `The one before was lost: ${report(cause).message}`;
	return isInputInDoubt ? `${lost} What was typed last may not have arrived.` : lost;
}

/** What a screen reader says of a session as it is now. */
export function spokenWords(
	name: string,
	session: Pick<SshSession, 'phase' | 'error' | 'heldSinceMs' | 'newShell'>
): string {
	const { phase, error, heldSinceMs, newShell } = session;
	const word = `${name}, ${phaseWord(phase, heldSinceMs)}`;
	if (phase.at === 'failed' && error !== null) return `${word}: ${report(error).message}`;
	if (phase.at !== 'open' || heldSinceMs !== null || newShell === null) return word;
	return `${word}, a new shell. ${newShellWords(newShell)}`;
}

/** The line at the pane's top left before a shell is there. */
export function phaseLine(phase: SshPhase, node: string): string {
	switch (phase.at) {
		case 'joining':
			return 'Joining the tailnet';
		case 'dialing':
			return `Connecting to ${node}, port 22`;
		case 'authenticating':
			return phase.step === 'host-key'
				? `Checking the host key of ${node}`
				: phase.step === 'pty'
					? 'Opening a terminal'
					: `Signing in on ${node}`;
		case 'reconnecting':
			return `Reconnecting to ${node}`;
		default:
			return '';
	}
}

/** `exit 0`, `ended by SIGTERM`. */
export function exitWord(exit: SshExit): string {
	if (exit.signal !== null) return `ended by SIG${exit.signal}`;
	return exit.status === null ? 'without a status' : `exit ${String(exit.status)}`;
}

/** A step of joining, and one sentence about what it waits for. */
export const JOIN_WORDS: Readonly<
	Record<JoinStep, { readonly name: string; readonly doing: string; readonly waits: string }>
> = {
	wasm: { name: 'Node loaded', doing: 'Loading the node', waits: 'Kept on this device afterwards' },
	key: {
		name: 'One-time key',
		doing: 'Asking for a one-time key',
		waits: 'Single use, expired once joined'
	},
	control: {
		name: 'Connected to control',
		doing: 'Connecting to control',
		waits: 'Headscale answers through this server'
	},
	register: {
		name: 'Registered with control',
		doing: 'Registering with control',
		waits: 'Headscale enters the node into the tailnet'
	},
	netmap: {
		name: 'Netmap received',
		doing: 'Waiting for the netmap',
		waits: 'Control sends the machines that the policy shows you'
	}
};
