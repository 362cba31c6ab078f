// Crashes and bad ways by chance, for as long as it is told: `npm run chaos`. HEADTAB_CHAOS_MINUTES (10) and
// HEADTAB_CHAOS_SEED change it; what a seed did is printed before it is done. The short form by fixed seeds is
// tests/integration/chaos.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from './chance';
import { crashRound, randomCrash } from './crash';
import { Tally } from './outcome';
import { KEY_TTL_S, Parts } from './parts';
import { isWindow, usableKeys } from './remains';
import { KINDS, kindsOf, waysRound } from './ways';

const MINUTES = Number(process.env['HEADTAB_CHAOS_MINUTES'] ?? 10);
const SEED = Number(process.env['HEADTAB_CHAOS_SEED'] ?? 20_261_130);
/** Headscale's own timer for an ephemeral node that is gone, the janitor's rounds, and a key's time. */
const NOTHING_LEFT_MS = 300_000;
/** What the last round may still need. */
const LAST_ROUND_MS = 900_000;

let folder: string;
let parts: Parts;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-chaos-'));
	parts = await Parts.forRounds(folder, SEED);
});
afterAll(async () => {
	await parts.stop();
	rmSync(folder, { recursive: true, force: true });
});

test(
	`chaos for ${String(MINUTES)} min by seed ${String(SEED)}`,
	{ timeout: MINUTES * 60_000 + NOTHING_LEFT_MS + LAST_ROUND_MS },
	async () => {
		const random = seeded(SEED);
		const again = new Tally();
		const endMs = performance.now() + MINUTES * 60_000;
		const did = { crashes: 0, ways: 0 };
		const first = Math.floor(random() * KINDS.length);
		while (performance.now() < endMs) {
			// Four crashes to a round of bad ways.
			if ((did.crashes + did.ways) % 5 !== 4) {
				const crash = randomCrash(random);
				process.stdout.write(`  ${JSON.stringify(crash)}\n`);
				if (crash.part === 'agent') await parts.agentUp();
				await crashRound({ parts, crash, keyTtlS: KEY_TTL_S, again });
				did.crashes += 1;
			} else {
				const round = first + did.ways;
				process.stdout.write(`  ${JSON.stringify(kindsOf(round))}\n`);
				await waysRound({ parts, round, random, keyTtlS: KEY_TTL_S, again });
				did.ways += 1;
			}
		}
		process.stdout.write(
			`seed ${String(SEED)}: ${JSON.stringify(did)}; done again: ${again.toString()}; load ${loadavg()
				.map((load) => load.toFixed(1))
				.join(' ')}\n`
		);
		const { headscale } = parts.tailnet;
		await expect
			.poll(async () => (await headscale.nodes()).filter(isWindow), {
				timeout: NOTHING_LEFT_MS,
				interval: 2_000
			})
			.toEqual([]);
		await expect
			.poll(() => usableKeys(headscale), { timeout: KEY_TTL_S * 1_000 + 10_000, interval: 2_000 })
			.toEqual([]);
	}
);
