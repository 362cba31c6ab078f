// Each fuzz target for a number of inputs with one seed, and each input that ever broke it. `npm run fuzz` goes on
// with others (docs/FUZZ.md).
import { expect, it } from 'vitest';
import { TARGETS } from '../../fuzz/targets';

/** A second or less of each. */
const RUNS = 300;
const SEED = 20_261;

it.each(TARGETS.map((target) => [target.name, target] as const))(
	'%s: whatever comes is taken or refused, and nothing else happens',
	async (_name, target) => {
		const { inputs, fault } = await target.run({ seed: SEED, runs: RUNS });
		expect(fault).toBeNull();
		expect(inputs).toBeGreaterThan(0);
	}
);
