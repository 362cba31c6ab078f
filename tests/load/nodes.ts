// Real windows without a page: the WASM node in Node, joined through the relay, each with a shell on a real
// machine. Node; load.load.ts lets them type.
import type { KeyAnswer } from '../../src/lib/contracts/api';
import { GoThread, type Shell } from '../integration/node/go-thread';
import type { Browser } from '../integration/server/browser';
import { readyToType } from './typing';

/** Nodes that start at once: each compiles the module. */
const STARTING_MAX = 2;

export interface RealWindow {
	readonly node: GoThread;
	readonly shell: Shell;
	/** Ends it as a closed window does. */
	leave(): Promise<void>;
}

export interface WindowPlace {
	readonly browser: Browser;
	/** Machine with Tailscale SSH, and account on it. */
	readonly machine: string;
	readonly login: string;
}

/** One window with an open shell, ready for typing. */
async function openWindow(origin: string, place: WindowPlace): Promise<RealWindow> {
	const { browser, machine, login } = place;
	const node = await GoThread.load({ headers: { cookie: browser.cookieHeader(origin), origin } });
	const key = (await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
	await node.join({
		controlUrl: origin,
		preAuthKey: key.preAuthKey,
		hostname: key.hostname,
		reach: { by: 'relay', origin, derp: key.derp }
	});
	await browser.post(`${origin}/api/joined`, { hostname: key.hostname });
	const peer = await node.peer(machine, (found) => found.isOnline && found.hasTailscaleSsh);
	const shell = node.open({ address: peer.addresses[0] ?? '', login });
	await shell.opened();
	await readyToType(shell);
	return {
		node,
		shell,
		async leave() {
			shell.close();
			await node.logout();
			await browser.post(`${origin}/api/leave`, { hostname: key.hostname });
			await node.stop();
		}
	};
}

export async function openWindows(
	origin: string,
	places: readonly WindowPlace[]
): Promise<readonly RealWindow[]> {
	const windows: RealWindow[] = [];
	const waiting = places.values();
	await Promise.all(
		Array.from({ length: STARTING_MAX }, async () => {
			for (const place of waiting) windows.push(await openWindow(origin, place));
		})
	);
	return windows;
}
