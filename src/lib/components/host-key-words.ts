// What is said when a machine shows another host key than is known, by who knows the other one. Pure; HostKeyStop
// shows it.

/** Who knows the other key, as Go names it (wasm/internal/sshclient/auth.go). */
type HostKeySource = 'the tailnet' | 'this device' | 'this connection';

export interface HostKeyWords {
	readonly title: string;
	readonly lead: string;
	/** Over the key that is known. */
	readonly known: string;
	/** What to do, in order; what stands in `backticks` is code. */
	readonly steps: readonly string[];
	/** The known key is this device's own: a person may know better. */
	readonly canForget: boolean;
}

const nothingSent = (node: string) =>
	`Nothing was sent: no user name, no password, no keystroke. Either ${node} was set up anew, or something between you and it answers in its place.`;
const wasReinstalled = (node: string) =>
	`Ask whoever runs ${node} if it was reinstalled or given a new key.`;
const WAS_NOT = 'If it was not, send the report to your admin and leave the tab closed.';

const WORDS: Readonly<Record<HostKeySource, (node: string) => HostKeyWords>> = {
	'the tailnet': (node) => ({
		title: `Stopped: ${node} showed a key that your tailnet does not know`,
		lead: nothingSent(node),
		known: 'Announced by the tailnet',
		steps: [
			wasReinstalled(node),
			'If it was, its new key reaches the tailnet when `tailscale up --ssh` runs there. Then connect again.',
			WAS_NOT
		],
		canForget: false
	}),
	'this device': (node) => ({
		title: `Stopped: ${node} showed another key than before`,
		lead: nothingSent(node),
		known: 'Remembered on this device',
		steps: [
			wasReinstalled(node),
			'If it was, have them read you the new fingerprint, then forget the old key here.',
			WAS_NOT
		],
		canForget: true
	}),
	'this connection': (node) => ({
		title: `Stopped: ${node} changed its key under an open connection`,
		lead: 'The connection was ended at once. What was typed before went to whoever had the first key. No SSH server does this by itself.',
		known: 'Shown when it began',
		steps: [
			`Ask whoever runs ${node} what happened to its SSH server.`,
			'If they explain it, open a new tab: the key is checked from the start.',
			'If they know of nothing, send the report to your admin and leave the tab closed.'
		],
		canForget: false
	})
};
const isSource = (source: string): source is HostKeySource => Object.hasOwn(WORDS, source);

/** @param source of the error; one that nobody knows leaves no way past */
export const hostKeyWords = (source: string, node: string): HostKeyWords =>
	WORDS[isSource(source) ? source : 'the tailnet'](node);
