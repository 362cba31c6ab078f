// What Go's probes of DERP servers are answered. By them it chooses the home region, where peers send to, and leaves
// it when it dies. Of the regions one alone answers, as long as it lives: answers from here take no time, and by the
// times Go would go from one to another for nothing. The server knows which should: the others answer after it.
// Runs where the host runs; used by net-shim.ts.
import type { SocketLike } from './socket';

/** Between one region's turn and the next one's. */
const TURN_MS = 50;
/** Go gives a probe three seconds and more. */
const TURNS_MAX_MS = 1_000;

export class DerpProbes {
	readonly #connect: (url: string, protocols: readonly string[]) => SocketLike;
	/** Hosts whose last connection brought nothing, and where they were dialled. By name, as a probe leaves the port
	 *  out. */
	readonly #unheard = new Map<string, string>();
	/** A host's place in the order of the regions, 0 where there is none; null of one that is no way. */
	readonly #placeOf: (hostname: string) => number | null;
	/** What those hear that wait for their turn. */
	readonly #turns = new Set<() => void>();
	/** The host that answers, up to the end of its connection. */
	#home: string | null = null;

	constructor(
		connect: (url: string, protocols: readonly string[]) => SocketLike,
		placeOf: (hostname: string) => number | null
	) {
		this.#connect = connect;
		this.#placeOf = placeOf;
	}

	/** A connection brought its first bytes. A DERP server speaks first, and the relay accepts before it dials: only
	 *  bytes tell. */
	heard(hostname: string): void {
		this.#unheard.delete(hostname);
	}

	/** A connection ended. */
	ended(hostname: string, { url, hasHeard }: { readonly url: string; readonly hasHeard: boolean }) {
		if (!hasHeard) this.#unheard.set(hostname, url);
		if (hostname === this.#home) this.#home = null;
	}

	/** Whether a probe of this host is answered. One that was not heard last is dialled first. */
	async answers(hostname: string, signal?: AbortSignal | null): Promise<boolean> {
		const isFree = (): boolean => this.#home === null || this.#home === hostname;
		const place = this.#placeOf(hostname);
		if (place === null) return false;
		if (this.#home === null && place > 0) await this.#turn(place);
		if (signal?.aborted === true || !isFree()) return false;
		const url = this.#unheard.get(hostname);
		if (url !== undefined) {
			// Another may have come first meanwhile.
			if (!(await this.#hears(url, signal)) || !isFree()) return false;
			this.heard(hostname);
		}
		this.#home = hostname;
		for (const end of this.#turns) end();
		return true;
	}

	/** Go asks of all at once, or of some alone: who is before may not be asked, so nobody waits for it for long. */
	async #turn(place: number): Promise<void> {
		await new Promise<void>((resolve) => {
			const end = () => {
				clearTimeout(timer);
				this.#turns.delete(end);
				resolve();
			};
			const timer = setTimeout(end, Math.min(place * TURN_MS, TURNS_MAX_MS));
			this.#turns.add(end);
		});
	}

	async #hears(url: string, signal: AbortSignal | null | undefined): Promise<boolean> {
		const socket = this.#connect(url, ['derp']);
		const isHeard = await new Promise<boolean>((resolve) => {
			socket.onmessage = () => resolve(true);
			socket.onerror = () => undefined;
			socket.onclose = () => resolve(false);
			signal?.addEventListener('abort', () => resolve(false), { once: true });
		});
		socket.close();
		return isHeard;
	}
}
