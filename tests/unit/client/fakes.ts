// Stand-ins for the outside of the window's classes: time, the worker, the app server, the netmap.
import type { Api } from '$lib/client/api';
import type { Clock, Timer } from '$lib/client/clock';
import type { DiagnosisOptions } from '$lib/client/diagnosis/diagnosis.svelte';
import type { NodeWorker } from '$lib/client/node/node-client.svelte';
import type { KeyAnswer, PublicConfig } from '$lib/contracts/api';
import { AppError } from '$lib/contracts/app-error';
import { nodeId, nodeName, type Login } from '$lib/contracts/ids';
import { parseLogin } from '$lib/contracts/parse';
import type { Netmap, Peer } from '$lib/contracts/tailnet';
import type { FromWorker, ToWorker } from '$lib/contracts/worker';

/** Time that passes only by `advance`. */
export class FakeClock implements Clock {
	#now = 1_000_000;
	readonly #timers = new Map<Timer, { readonly at: number; readonly run: () => void }>();

	now(): number {
		return this.#now;
	}

	setTimeout(run: () => void, delayMs: number): Timer {
		// A real handle of the platform's type that never fires.
		const timer = setTimeout(() => undefined, 0);
		clearTimeout(timer);
		this.#timers.set(timer, { at: this.#now + delayMs, run });
		return timer;
	}

	clearTimeout(timer: Timer): void {
		this.#timers.delete(timer);
	}

	get pending(): number {
		return this.#timers.size;
	}

	advance(ms: number): void {
		const until = this.#now + ms;
		for (;;) {
			const due = [...this.#timers]
				.filter(([, { at }]) => at <= until)
				.sort(([, a], [, b]) => a.at - b.at)[0];
			if (due === undefined) break;
			const [timer, { at, run }] = due;
			this.#timers.delete(timer);
			this.#now = at;
			run();
		}
		this.#now = until;
	}
}

/** A worker whose messages a test reads and answers. */
export class FakeWorker implements NodeWorker {
	onmessage: ((event: MessageEvent) => void) | null = null;
	onerror: ((event: ErrorEvent) => void) | null = null;
	onmessageerror: ((event: MessageEvent) => void) | null = null;
	readonly sent: ToWorker[] = [];
	isTerminated = false;

	postMessage(message: unknown): void {
		this.sent.push(message as ToWorker);
	}

	terminate(): void {
		this.isTerminated = true;
	}

	emit(message: FromWorker): void {
		this.onmessage?.(new MessageEvent('message', { data: message }));
	}

	/** Answers the last request of a kind with success. */
	reply(kind: ToWorker['kind']): void {
		const request = this.sent.findLast((message) => message.kind === kind);
		if (request === undefined || !('id' in request)) throw new Error(`nothing asked for ${kind}`);
		this.emit({ kind: 'reply', id: request.id, ok: true, value: null });
	}

	kinds(): readonly string[] {
		return this.sent.map(({ kind }) => kind);
	}
}

export const CONFIG: PublicConfig = {
	version: '1',
	providerHost: 'id.example',
	origin: 'https://tab.example',
	mode: 'relay',
	policy: '',
	headscaleOrigin: 'https://hs.example',
	wasm: { url: '/wasm/headtab.wasm', sha256: 'ab', sizeBytes: 10 }
};

export const KEY: KeyAnswer = {
	preAuthKey: 'hskey-auth-x',
	expiresAtMs: 0,
	hostname: 'headtab-abc',
	headscaleUrl: 'https://hs.example',
	mode: 'relay',
	derp: [{ id: 999, hosts: ['hs.example:443'] }]
};

/** An app server that gives keys; each call is counted. */
export function fakeApi(): Api & {
	readonly calls: string[];
	keyError: AppError | null;
	aliveError: AppError | null;
	checkError: AppError | null;
} {
	const calls: string[] = [];
	const refuse = () => Promise.reject(AppError.of('internal'));
	const api = {
		calls,
		keyError: null as AppError | null,
		aliveError: null as AppError | null,
		checkError: null as AppError | null,
		session: refuse,
		relink: refuse,
		issueKey: () => {
			calls.push('key');
			return api.keyError === null ? Promise.resolve(KEY) : Promise.reject(api.keyError);
		},
		joined: (hostname: string) => {
			calls.push(`joined ${hostname}`);
			return Promise.resolve();
		},
		alive: (hostname: string) => {
			calls.push(`alive ${hostname}`);
			return api.aliveError === null ? Promise.resolve() : Promise.reject(api.aliveError);
		},
		leave: (hostname: string) => {
			calls.push(`leave ${hostname}`);
		},
		logout: () => Promise.resolve('/'),
		logoutEverywhere: () => Promise.resolve('/'),
		relayCheck: (target: string) => {
			calls.push(`check ${target}`);
			return Promise.resolve(api.checkError?.toWire() ?? null);
		},
		diagnose: refuse,
		windows: refuse,
		endWindow: refuse,
		doctor: refuse
	};
	return api;
}

export const peer = (change: Partial<Peer> = {}): Peer => ({
	id: nodeId('7'),
	name: nodeName('web-1'),
	dnsName: '',
	addresses: ['100.64.0.7'],
	os: 'linux',
	isOnline: true,
	lastSeenMs: null,
	hasTailscaleSsh: true,
	hostKeys: [],
	tags: [],
	owner: 'alice',
	...change
});

export const netmap = (...peers: readonly Peer[]): Netmap => ({
	own: { name: nodeName('headtab-abc'), addresses: ['100.64.0.9'], derpRegion: null, domain: 't' },
	peers
});

export function login(text: string): Login {
	const parsed = parseLogin(text);
	if (!parsed.ok) throw new Error(parsed.fault);
	return parsed.login;
}

/** A session that has not begun, of `deploy` at the peer above: something to diagnose. */
export const DIAGNOSED: DiagnosisOptions['session'] = {
	trail: null,
	error: null,
	peer: peer(),
	nodeName: nodeName('web-1'),
	login: login('deploy')
};

/** Lets promises and effects that are due run. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}
