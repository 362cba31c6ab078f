// What the soak computes and prints: a seeded chance, growth by the slope of samples, a table. Pure.

export interface Sample {
	/** Since the start. */
	readonly atS: number;
	/** Of the server's process, its agent's thread included. */
	readonly rssMb: number;
	readonly heapMb: number;
	/** Linear memory of the agent's module. */
	readonly agentMb: number;
	readonly agentHeapMb: number;
	readonly goroutines: number;
	/** Open file descriptors of the server. */
	readonly files: number;
	readonly windows: number;
	/** Windows' nodes in Headscale. */
	readonly nodes: number;
}

/** Chance that a seed repeats (mulberry32); in [0, 1). */
export function seeded(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** How much a value grew over the samples by their least-squares slope: one peak does not decide. */
export function growth<T extends Pick<Sample, 'atS'>>(
	samples: readonly T[],
	value: (sample: T) => number
): number {
	const first = samples[0];
	const last = samples.at(-1);
	if (first === undefined || last === undefined || samples.length < 3) return 0;
	const meanS = samples.reduce((sum, { atS }) => sum + atS, 0) / samples.length;
	const mean = samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
	let above = 0;
	let below = 0;
	for (const sample of samples) {
		above += (sample.atS - meanS) * (value(sample) - mean);
		below += (sample.atS - meanS) ** 2;
	}
	return below === 0 ? 0 : (above / below) * (last.atS - first.atS);
}

const COLUMNS = [
	['s', ({ atS }) => atS.toFixed(0)],
	['rss MB', ({ rssMb }) => rssMb.toFixed(1)],
	['heap MB', ({ heapMb }) => heapMb.toFixed(1)],
	['agent MB', ({ agentMb }) => agentMb.toFixed(1)],
	['agent heap', ({ agentHeapMb }) => agentHeapMb.toFixed(1)],
	['goroutines', ({ goroutines }) => goroutines.toFixed(0)],
	['files', ({ files }) => files.toFixed(0)],
	['windows', ({ windows }) => windows.toFixed(0)],
	['nodes', ({ nodes }) => nodes.toFixed(0)]
] as const satisfies readonly (readonly [string, (sample: Sample) => string])[];

/** The samples as text. */
export function table(samples: readonly Sample[]): string {
	const row = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(11)).join('');
	return [
		row(COLUMNS.map(([name]) => name)),
		...samples.map((sample) => row(COLUMNS.map(([, text]) => text(sample))))
	].join('\n');
}
