// Every target with new inputs, each for HEADTAB_FUZZ_SECONDS. Run by stack/fuzz.mjs (`npm run fuzz`), which tells
// where the figures go and which targets are meant. A crash is told with its seed and its smallest input, which
// belongs into the target's `found`.
import { appendFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fuzzFilter } from './filter-checks';
import { headscaleIds } from './headscale-ids';
import { runFor } from './target';
import { TARGETS } from './targets';

const seconds = Number(process.env['HEADTAB_FUZZ_SECONDS'] ?? 60);
const seed = Number(process.env['HEADTAB_FUZZ_SEED'] ?? Date.now() % 1_000_000_007);
const results = process.env['HEADTAB_FUZZ_RESULTS'];
const wanted = (process.env['HEADTAB_FUZZ_TARGETS'] ?? '').split(',');
/** Which of how many processes this is. */
const [shard = 0, shards = 1] = (process.env['HEADTAB_FUZZ_SHARD'] ?? '0/1').split('/').map(Number);

interface Found {
	readonly inputs: number;
	readonly fault: string | null;
}

const byteFilter = {
	name: 'byte filter and core',
	go: async (): Promise<Found> => {
		try {
			return { inputs: (await fuzzFilter(Infinity, seed, seconds * 1000)).inputs, fault: null };
		} catch (cause) {
			return { inputs: 0, fault: `found.json takes: ${String(cause)}` };
		}
	}
};
const own = TARGETS.map((target) => ({
	name: target.name,
	go: () => runFor(target, { seed, lastsMs: seconds * 1000 })
}));
const byHeadscale = {
	name: 'provider id against Headscale’s own',
	go: () => headscaleIds({ seed, lastsMs: seconds * 1000 })
};

const mine = [...own, byteFilter, byHeadscale]
	.filter(({ name }) => wanted.some((part) => name.includes(part)))
	.filter((_, at) => at % shards === shard);

it('no target is broken', async () => {
	const faults: string[] = [];
	for (const { name, go } of mine) {
		const { inputs, fault } = await go();
		process.stdout.write(`${name}: ${String(inputs)} inputs of seed ${String(seed)}\n`);
		if (fault !== null) faults.push(`${name}: ${fault}`);
		if (results === undefined) continue;
		const row = { name, inputs, crashes: fault === null ? 0 : 1 };
		appendFileSync(results, `${JSON.stringify(row)}\n`);
	}
	expect(faults).toEqual([]);
});
