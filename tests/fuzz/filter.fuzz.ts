// A million inputs for the byte filter and the core behind it. `npm run fuzz`; FUZZ_INPUTS and FUZZ_SEED repeat
// or shorten a run. What it finds belongs into found.json, which the unit test reads.
import { expect, it } from 'vitest';
import { fuzzFilter } from './filter-checks';

const inputs = Number(process.env['FUZZ_INPUTS'] ?? 1_000_000);
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_007);

it(`${String(inputs)} inputs of seed ${String(seed)}`, async () => {
	const figures = await fuzzFilter(inputs, seed, ({ inputs: done, tookMs }) => {
		process.stdout.write(`${String(done)} inputs, ${(tookMs / 1000).toFixed(0)} s\n`);
	});
	process.stdout.write(`${JSON.stringify({ seed, ...figures }, null, '\t')}\n`);
	expect(figures.inputs).toBe(inputs);
});
