// What a fuzz target is: made-up inputs for one parser, and what must hold of each. The unit test runs some of
// each target with one seed, `npm run fuzz` new ones for a time.
import fc from 'fast-check';

export interface FuzzRun {
	readonly seed: number;
	readonly runs: number;
}

export interface FuzzTarget {
	readonly name: string;
	/** Tries the inputs that once broke it, then made-up ones.
	 *  @returns how many were tried, and the report of the first that breaks a rule, made as small as it gets */
	run(options: FuzzRun): Promise<{ readonly inputs: number; readonly fault: string | null }>;
}

/** @param found inputs that once broke it: they are tried first, always */
export function fuzzTarget<Ts extends [unknown, ...unknown[]]>(
	name: string,
	options: {
		readonly inputs: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> };
		readonly check: (...values: NoInfer<Ts>) => Promise<void> | void;
		readonly found?: readonly NoInfer<Ts>[];
		/** Programs are run for each input: so many times fewer of them are tried at once. */
		readonly cost?: number;
	}
): FuzzTarget {
	const property = fc.asyncProperty<Ts>(...options.inputs, async (...values) => {
		await options.check(...values);
	});
	return {
		name,
		run: async ({ seed, runs }) => {
			const details = await fc.check(property, {
				seed,
				numRuns: Math.ceil(runs / (options.cost ?? 1)) + (options.found?.length ?? 0),
				examples: [...(options.found ?? [])]
			});
			return {
				inputs: details.numRuns,
				fault: details.failed
					? `${String(fc.defaultReportMessage(details))}\n${stackOf(details.errorInstance)}`
					: null
			};
		}
	};
}

const stackOf = (cause: unknown): string =>
	cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);

/** Batches, each with a seed of its own, until the time is over. */
export async function runFor(
	target: FuzzTarget,
	{ seed, lastsMs }: { readonly seed: number; readonly lastsMs: number }
): Promise<{ readonly inputs: number; readonly fault: string | null }> {
	const endMs = performance.now() + lastsMs;
	let inputs = 0;
	for (let batch = 0; performance.now() < endMs; batch += 1) {
		const done = await target.run({ seed: seed + batch, runs: BATCH });
		inputs += done.inputs;
		if (done.fault !== null) return { inputs, fault: done.fault };
	}
	return { inputs, fault: null };
}

const BATCH = 250;
