// A TCP proxy before a server that keeps what it carries, both ways, and misbehaves on demand as
// networks and reverse proxies do. Node; tests put it before the app, Headscale, the provider, a store, or an
// SSH server. Where one port carries several ways, `of` gives each its own faults.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Lane, UPGRADE, type ProxyFaults } from './proxy-lane';

export type { ProxyFaults } from './proxy-lane';

/** Oldest bytes are dropped beyond this. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** What can be done to the connections of one way. */
export interface ProxyWay {
	/** Connections that are open now. */
	readonly openCount: number;
	/** Replaces the faults; `{}` heals. */
	setFaults(faults: ProxyFaults): void;
	/** Ends every connection, as a network change does; new ones are carried. */
	cut(): void;
	/** The same with RST on both sides. */
	reset(): void;
	/** Half-open: what is open now is never carried again, and neither side is told. New ones are. */
	abandon(): void;
	/** Carries nothing, ends nothing and accepts what comes, until `resume`: then all of it arrives. */
	stall(): void;
	/** Refuses new connections and ends the present ones until `resume`. */
	pause(): void;
	resume(): void;
}

/** The way of all connections that `of` has not given to another. */
export interface RecordingProxy extends ProxyWay {
	/** Where it listens, e.g. `http://localhost:1234`. */
	readonly origin: string;
	readonly port: number;
	/** Everything carried since the last `forget`, in the order of arrival, both directions. */
	recorded(): Buffer;
	forget(): void;
	/** Cuts once, when so many more bytes have been carried: in the middle of a download. */
	cutAfter(sizeBytes: number): void;
	/** The connections whose first bytes match, from the next one on. */
	of(first: RegExp): ProxyWay;
	stop(): Promise<void>;
}

/** Listens on `port` of localhost and carries to `targetPort`.
 *  @param options.random what jitter and loss are decided by, for a run that its seed repeats */
export async function startProxy(options: {
	readonly port: number;
	readonly targetPort: number;
	readonly random?: () => number;
}): Promise<RecordingProxy> {
	const { port, targetPort, random = Math.random } = options;
	const rest = new Way(null);
	const ways: Way[] = [];
	let chunks: Buffer[] = [];
	let sizeBytes = 0;
	let untilCutBytes = Infinity;

	const keep = (chunk: Buffer) => {
		chunks.push(chunk);
		sizeBytes += chunk.length;
		while (sizeBytes > KEPT_BYTES) sizeBytes -= chunks.shift()?.length ?? 0;
		untilCutBytes -= chunk.length;
		if (untilCutBytes > 0) return;
		untilCutBytes = Infinity;
		for (const way of [rest, ...ways]) way.cut();
	};
	const onConnection = (client: Socket) => {
		if (rest.isPaused && ways.length === 0) {
			client.destroy();
			return;
		}
		const upstream = connect(targetPort, '127.0.0.1');
		const connection: Connection = { way: rest, isWebSocket: false };
		const carried = { sizeBytes: 0 };
		// Before the lanes, so that these bytes are carried as their way has it.
		client.once('data', (chunk: Buffer) => {
			const first = chunk.toString('latin1');
			connection.isWebSocket = UPGRADE.test(first);
			const way = ways.find((candidate) => candidate.first?.test(first) === true) ?? rest;
			connection.way.forget(lanes);
			connection.way = way;
			way.take(lanes);
			if (way.isPaused) client.destroy();
		});
		const lane = (from: Socket, to: Socket, isAnswer: boolean) =>
			new Lane({
				from,
				to,
				isAnswer,
				isWebSocket: () => isAnswer && connection.isWebSocket,
				faults: () => connection.way.faults,
				random,
				carried,
				onChunk: keep
			});
		const lanes = [lane(client, upstream, false), lane(upstream, client, true)];
		rest.take(lanes);
		for (const open of lanes) open.from.once('close', () => connection.way.forget([open]));
	};

	const servers = [await listen('127.0.0.1', port, onConnection)];
	// Browsers try ::1 first for localhost; a machine without IPv6 has none to try.
	const second = await listen('::1', port, onConnection).catch(() => null);
	if (second !== null) servers.push(second);

	return {
		origin: `http://localhost:${String(port)}`,
		port,
		get openCount() {
			return rest.openCount;
		},
		recorded: () => Buffer.concat(chunks),
		forget: () => {
			chunks = [];
			sizeBytes = 0;
		},
		setFaults: (faults) => rest.setFaults(faults),
		cut: () => rest.cut(),
		reset: () => rest.reset(),
		cutAfter: (bytes) => {
			untilCutBytes = bytes;
		},
		abandon: () => rest.abandon(),
		stall: () => rest.stall(),
		pause: () => rest.pause(),
		resume: () => rest.resume(),
		of: (first) => {
			const way = new Way(first);
			ways.push(way);
			return way;
		},
		stop: async () => {
			for (const way of [rest, ...ways]) way.cut();
			await Promise.all(
				servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
			);
		}
	};
}

interface Connection {
	way: Way;
	/** It has asked to be one. */
	isWebSocket: boolean;
}

/** Connections of one kind and what is done to them. */
class Way implements ProxyWay {
	/** null: all that no other way takes. */
	readonly first: RegExp | null;
	readonly #lanes = new Set<Lane>();
	faults: ProxyFaults = {};
	isPaused = false;
	#isStalled = false;

	constructor(first: RegExp | null) {
		this.first = first;
	}

	/** A connection is of this way now. */
	take(lanes: readonly Lane[]): void {
		for (const lane of lanes) {
			if (lane.from.destroyed) continue;
			this.#lanes.add(lane);
			if (this.#isStalled) lane.hold();
			else lane.release();
			lane.faultsChanged();
		}
	}

	forget(lanes: readonly Lane[]): void {
		for (const lane of lanes) this.#lanes.delete(lane);
	}

	get openCount(): number {
		return this.#lanes.size / 2;
	}

	setFaults(faults: ProxyFaults): void {
		this.faults = faults;
		for (const lane of this.#lanes) lane.faultsChanged();
	}

	cut(): void {
		for (const { from } of this.#lanes) from.destroy();
	}

	reset(): void {
		for (const { from } of this.#lanes) from.resetAndDestroy();
	}

	abandon(): void {
		for (const lane of this.#lanes) lane.hold();
		// Held for good: `resume` lets go only of what `stall` holds.
		for (const lane of this.#lanes) lane.isAbandoned = true;
	}

	stall(): void {
		this.#isStalled = true;
		for (const lane of this.#lanes) lane.hold();
	}

	pause(): void {
		this.isPaused = true;
		this.cut();
	}

	resume(): void {
		this.isPaused = false;
		this.#isStalled = false;
		for (const lane of this.#lanes) lane.release();
	}
}

async function listen(
	host: string,
	port: number,
	onConnection: (socket: Socket) => void
): Promise<Server> {
	return new Promise((resolve, reject) => {
		// What an end was seen of must stay open the other way for as long as a test wants it.
		const server = createServer({ allowHalfOpen: true }, onConnection);
		server.on('error', reject);
		server.listen(port, host, () => resolve(server));
	});
}
