// Windows without a node: their connections, through the relay or straight to its upstream, and traffic on
// them in the recorded shape. Open loop: each frame has a time at which it should be sent, whatever became
// of those before it. Sending waits for nobody, so what a frame is late by is the generator's own and told
// apart; its round trip is counted from when it was sent.
import { WebSocket } from 'ws';
import { waitFor } from '../../stack/process';
import { seeded } from '../chaos/chance';
import { Flow } from './flow';
import { startFront, type Front } from './front';
import { actsOf, TRACKS, type Act, type Shape, type TrackName } from './shape';

const MAGIC = Buffer.from('HTLD');
const HELLO_BYTES = 8;
const WELCOME = Buffer.from('HTOK');
/** Connections being opened at once. */
const OPENING_MAX = 32;
/** What is still under way when a round ends has so long to arrive; what has not by then is lost. */
const DRAIN_MS = 15_000;
/** Frames sent before what has come is looked at again. */
const ACTS_MAX = 32;
/** Nearer than that, a timer would come too late. */
const SPIN_MS = 2;

/** A window's connections: the control plane, its own DERP region, and spare ones to other regions. */
export const CONNECTIONS: readonly TrackName[] = ['control', 'derp', 'spare', 'spare'];

interface Lane {
	readonly number: number;
	readonly window: number;
	readonly acts: readonly Act[];
	readonly up: Flow;
	readonly down: Flow;
	client: WebSocket | null;
	far: WebSocket | null;
	isWelcome: boolean;
	nextAct: number;
	/** When the period began that the next act is of. */
	periodStartMs: number;
	dueMs: number;
}

/** The relay's upstream with the far ends of all windows. */
export class FarEnd {
	readonly #lanes = new Map<number, (far: WebSocket) => void>();
	#front: Front | null = null;

	static async start(headscaleUrl: string): Promise<FarEnd> {
		const farEnd = new FarEnd();
		farEnd.#front = await startFront({
			headscaleUrl,
			onSocket: (socket) => farEnd.#greet(socket)
		});
		return farEnd;
	}

	get url(): string {
		return this.#front?.url ?? '';
	}

	expect(number: number, onFar: (far: WebSocket) => void): void {
		this.#lanes.set(number, onFar);
	}

	async stop(): Promise<void> {
		await this.#front?.stop();
	}

	/** The first bytes say whose far end it is. */
	#greet(socket: WebSocket): void {
		let early = Buffer.alloc(0);
		const onMessage = (data: Buffer): void => {
			early = Buffer.concat([early, data]);
			if (early.length < HELLO_BYTES) return;
			socket.off('message', onMessage);
			const onFar = this.#lanes.get(early.readUInt32BE(MAGIC.length));
			if (onFar === undefined || !early.subarray(0, MAGIC.length).equals(MAGIC)) {
				socket.terminate();
				return;
			}
			onFar(socket);
			socket.send(WELCOME);
		};
		socket.on('message', onMessage);
	}
}

/** What a round showed. */
export interface Round {
	/** Round trips of frames that were answered, ms from the time at which they were sent. */
	readonly roundTripsMs: readonly number[];
	/** How late frames were sent: what the generator itself adds. */
	readonly latenessMs: readonly number[];
	/** Frames sent in both directions. */
	readonly frames: number;
	readonly sentBytes: number;
	readonly tookMs: number;
}

export interface Losses {
	/** Sent and not arrived, or the other way round. */
	readonly lostBytes: number;
	/** Pieces that were not what was due: changed, doubled, or out of order. */
	readonly damagedPieces: number;
	/** Connections that ended before they were to. */
	readonly ended: number;
}

let lastNumber = 0;

export class Windows {
	readonly #lanes: Lane[];
	readonly #shape: Shape;
	readonly #random: () => number;
	#roundTripsMs: number[] = [];
	#latenessMs: number[] = [];
	#ended = 0;
	#isClosing = false;

	private constructor(shape: Shape, lanes: Lane[], seed: number) {
		this.#shape = shape;
		this.#lanes = lanes;
		this.#random = seeded(seed);
	}

	/** Opens every connection of `count` windows.
	 *  @param urlOf where a connection of that kind is dialled
	 *  @param headersOf cookie and origin of a window */
	static async open(options: {
		readonly count: number;
		readonly shape: Shape;
		readonly seed: number;
		readonly far: FarEnd;
		readonly urlOf: (track: TrackName) => string;
		readonly headersOf: (window: number) => Readonly<Record<string, string>>;
	}): Promise<Windows> {
		const { count, shape, far, urlOf, headersOf } = options;
		const acts = Object.fromEntries(
			TRACKS.map((name) => [name, actsOf(shape.tracks[name])])
		) as Record<TrackName, readonly Act[]>;
		const wanted = Array.from({ length: count }, (_, window) =>
			CONNECTIONS.map((track) => ({ window, track }))
		).flat();
		const lanes: Lane[] = [];
		const windows = new Windows(shape, lanes, options.seed);
		const opening = wanted.values();
		await Promise.all(
			Array.from({ length: OPENING_MAX }, async () => {
				for (const { window, track } of opening) {
					lastNumber += 2;
					const lane: Lane = {
						number: lastNumber,
						window,
						acts: acts[track],
						up: new Flow(lastNumber),
						down: new Flow(lastNumber + 1),
						client: null,
						far: null,
						isWelcome: false,
						nextAct: 0,
						periodStartMs: 0,
						dueMs: Infinity
					};
					lanes.push(lane);
					far.expect(lane.number, (socket) => windows.#meet(lane, socket));
					await windows.#dial(lane, urlOf(track), {
						protocol: track === 'control' ? 'tailscale-control-protocol' : 'derp',
						headers: headersOf(window)
					});
				}
			})
		);
		return windows;
	}

	get connections(): number {
		return this.#lanes.length;
	}

	/** Losses since the connections were opened. */
	get losses(): Losses {
		const flows = this.#lanes.flatMap(({ up, down }) => [up, down]);
		return {
			lostBytes: flows.reduce(
				(sum, { sentBytes, arrivedBytes }) => sum + Math.abs(sentBytes - arrivedBytes),
				0
			),
			damagedPieces: flows.reduce((sum, { damaged }) => sum + damaged, 0),
			ended: this.#ended
		};
	}

	/** Traffic for so long; each window begins somewhere else in the recording. */
	async round(seconds: number): Promise<Round> {
		this.#roundTripsMs = [];
		this.#latenessMs = [];
		const before = this.#sent();
		const startMs = performance.now();
		const phases = new Map<number, number>();
		for (const lane of this.#lanes) {
			const phaseMs = phases.get(lane.window) ?? this.#random() * this.#shape.periodMs;
			phases.set(lane.window, phaseMs);
			lane.periodStartMs = startMs - phaseMs;
			lane.nextAct = lane.acts.findIndex(({ atMs }) => atMs >= phaseMs);
			if (lane.nextAct < 0) {
				lane.nextAct = 0;
				lane.periodStartMs += this.#shape.periodMs;
			}
			this.#plan(lane);
		}
		await this.#play(startMs + seconds * 1_000);
		const tookMs = performance.now() - startMs;
		const after = this.#sent();
		await this.#drain();
		return {
			roundTripsMs: this.#roundTripsMs,
			latenessMs: this.#latenessMs,
			frames: after.frames - before.frames,
			sentBytes: after.bytes - before.bytes,
			tookMs
		};
	}

	async close(): Promise<void> {
		this.#isClosing = true;
		await Promise.all(
			this.#lanes.map(async ({ client }) => {
				if (client === null || client.readyState === client.CLOSED) return;
				const closed = new Promise((resolve) => client.once('close', resolve));
				client.close(1000);
				await closed;
			})
		);
	}

	async #dial(
		lane: Lane,
		url: string,
		{
			protocol,
			headers
		}: { readonly protocol: string; readonly headers: Readonly<Record<string, string>> }
	): Promise<void> {
		const client = new WebSocket(url, [protocol], { headers, perMessageDeflate: false });
		lane.client = client;
		client.on('open', () => {
			const hello = Buffer.alloc(HELLO_BYTES);
			MAGIC.copy(hello);
			hello.writeUInt32BE(lane.number, MAGIC.length);
			client.send(hello);
		});
		await new Promise<void>((resolve, reject) => {
			client.on('error', reject);
			client.on('close', (code, reason) => {
				if (!this.#isClosing) this.#ended += 1;
				reject(new Error(`${url} closed: ${String(code)} ${reason.toString()}`));
			});
			client.on('message', (data: Buffer) => {
				if (lane.isWelcome) {
					this.#arrived(lane, data);
					return;
				}
				lane.isWelcome = data.equals(WELCOME);
				if (lane.isWelcome) resolve();
				else reject(new Error(`${url} greets with something else`));
			});
		});
	}

	/** The far end's side of a connection. */
	#meet(lane: Lane, far: WebSocket): void {
		lane.far = far;
		far.on('message', (data: Buffer) => {
			for (const { sentMs, answers } of lane.up.take(data))
				answers.forEach((sizeBytes, i) =>
					far.send(lane.down.next(sizeBytes, { sentMs: i === 0 ? sentMs : NaN, answers: [] }))
				);
		});
	}

	#arrived(lane: Lane, data: Buffer): void {
		const nowMs = performance.now();
		for (const { sentMs } of lane.down.take(data))
			if (!Number.isNaN(sentMs)) this.#roundTripsMs.push(nowMs - sentMs);
	}

	#plan(lane: Lane): void {
		const act = lane.acts[lane.nextAct];
		lane.dueMs = act === undefined ? Infinity : lane.periodStartMs + act.atMs;
	}

	#act(lane: Lane, nowMs: number): void {
		const act = lane.acts[lane.nextAct];
		if (act === undefined) return;
		this.#latenessMs.push(nowMs - lane.dueMs);
		const { isUp, sizeBytes, answers } = act;
		if (isUp) lane.client?.send(lane.up.next(sizeBytes, { sentMs: nowMs, answers }));
		else lane.far?.send(lane.down.next(sizeBytes, { sentMs: NaN, answers }));
		lane.nextAct += 1;
		if (lane.nextAct === lane.acts.length) {
			lane.nextAct = 0;
			lane.periodStartMs += this.#shape.periodMs;
		}
		this.#plan(lane);
	}

	/** Sends what is due until `endMs`, sleeping only where nothing is due soon. */
	#play(endMs: number): Promise<void> {
		const queue = new DueQueue(this.#lanes);
		return new Promise((resolve) => {
			const turn = (): void => {
				for (let acts = 0; ; acts += 1) {
					const nowMs = performance.now();
					const lane = queue.first;
					const dueMs = Math.min(lane?.dueMs ?? Infinity, endMs);
					if (dueMs > nowMs) {
						if (dueMs - nowMs > SPIN_MS) setTimeout(turn, dueMs - nowMs - SPIN_MS);
						else setImmediate(turn);
						return;
					}
					if (dueMs === endMs || lane === undefined) {
						resolve();
						return;
					}
					this.#act(lane, nowMs);
					queue.sink();
					if (acts === ACTS_MAX) {
						setImmediate(turn);
						return;
					}
				}
			};
			turn();
		});
	}

	async #drain(): Promise<void> {
		const isDone = () =>
			this.#lanes.every(
				({ up, down }) => up.arrivedBytes >= up.sentBytes && down.arrivedBytes >= down.sentBytes
			);
		// What has not come is told by `losses`.
		const until = performance.now() + DRAIN_MS;
		await waitFor(() => isDone() || performance.now() > until, {
			what: 'what is under way',
			timeoutMs: DRAIN_MS * 2
		});
	}

	#sent(): { readonly frames: number; readonly bytes: number } {
		let frames = 0;
		let bytes = 0;
		for (const { up, down } of this.#lanes) {
			frames += up.frames + down.frames;
			bytes += up.sentBytes + down.sentBytes;
		}
		return { frames, bytes };
	}
}

/** Lanes by when they are due: a binary heap. */
class DueQueue {
	readonly #heap: Lane[];

	constructor(lanes: readonly Lane[]) {
		// Sorted is a heap.
		this.#heap = [...lanes].sort((a, b) => a.dueMs - b.dueMs);
	}

	get first(): Lane | undefined {
		return this.#heap[0];
	}

	/** The first has a new time. */
	sink(): void {
		const heap = this.#heap;
		const lane = heap[0];
		if (lane === undefined) return;
		let at = 0;
		for (;;) {
			const left = 2 * at + 1;
			const l = heap[left];
			const r = heap[left + 1];
			if (l === undefined) break;
			const isRight = r !== undefined && r.dueMs < l.dueMs;
			const next = isRight ? r : l;
			if (next.dueMs >= lane.dueMs) break;
			heap[at] = next;
			at = isRight ? left + 1 : left;
		}
		heap[at] = lane;
	}
}
