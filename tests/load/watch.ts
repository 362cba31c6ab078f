// What the server is like while it is under load, from its own metrics: read at a pace, judged by slope.
import { availableParallelism } from 'node:os';
import { run } from '../../stack/process';

export interface Sample {
	/** Since the watch began. */
	readonly atS: number;
	readonly rssMb: number;
	readonly heapMb: number;
	/** CPU time so far. */
	readonly cpuS: number;
	/** 99th percentile of how late the event loop's timers were since the sample before. */
	readonly loopDelayMs: number;
	readonly descriptors: number;
	/** Relayed connections. */
	readonly connections: number;
}

/** Each reading has the server list its 4,000 descriptors, which takes milliseconds of its own. */
const SAMPLE_MS = 5_000;
/** The histogram of Node counts its own timer's period in. */
const LOOP_TIMER_MS = 10;

export class Watch {
	readonly #url: string;
	readonly #startMs = performance.now();
	readonly #timer: NodeJS.Timeout;
	#isAsking = false;
	readonly samples: Sample[] = [];

	/** @param url of the server's metrics */
	constructor(url: string) {
		this.#url = url;
		this.#timer = setInterval(() => {
			if (this.#isAsking) return;
			this.#isAsking = true;
			// A server too busy to answer is seen by what it does not do.
			void this.now()
				.catch(() => undefined)
				.finally(() => (this.#isAsking = false));
		}, SAMPLE_MS);
	}

	/** A sample of now, kept like the others. @throws Error when the server does not answer */
	async now(): Promise<Sample> {
		const text = await (await fetch(this.#url)).text();
		const metric = (name: string): number =>
			text
				.split('\n')
				.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
				.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
		const sample: Sample = {
			atS: (performance.now() - this.#startMs) / 1_000,
			rssMb: metric('process_resident_memory_bytes') / 1024 ** 2,
			heapMb: metric('nodejs_heap_size_used_bytes') / 1024 ** 2,
			cpuS: metric('process_cpu_seconds_total'),
			loopDelayMs: Math.max(0, metric('nodejs_eventloop_lag_p99_seconds') * 1_000 - LOOP_TIMER_MS),
			descriptors: metric('process_open_fds'),
			connections: metric('headtab_relay_connections')
		};
		this.samples.push(sample);
		return sample;
	}

	stop(): void {
		clearInterval(this.#timer);
	}
}

/** Cores by their numbers, as taskset takes them. */
export interface Cores {
	readonly server: string;
	readonly others: string;
	readonly all: string;
}

/** Who runs where; null where there is one core, or no way to choose. */
export async function cores(): Promise<Cores | null> {
	const count = availableParallelism();
	const last = String(count - 1);
	const isThere = await run('taskset', ['--version']).then(
		() => true,
		() => false
	);
	if (count < 2 || !isThere) return null;
	return { server: '0', others: count === 2 ? '1' : `1-${last}`, all: `0-${last}` };
}

/** Moves this process with its threads. What it starts from then on is there, too. */
export async function moveTo(list: string): Promise<void> {
	await run('taskset', ['-a', '-p', '-c', list, String(process.pid)]);
}
