// Crashes and bad ways on a whole deployment, by fixed seeds: `npm run chaos` goes on with others for as long as
// it is told. Real Headscale, provider, store, target, the built server and the Go node in Node.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../../chaos/chance';
import { crashRound, randomCrash } from '../../chaos/crash';
import { Tally } from '../../chaos/outcome';
import { KEY_TTL_S, PARTS, Parts } from '../../chaos/parts';
import { isWindow } from '../../chaos/remains';
import { kindsOf, waysRound } from '../../chaos/ways';

const SEED = 9;
/** Of eight, after which each way has had each kind of fault. */
const WAYS_ROUNDS = [0, 3, 5];
const ROUNDS_MS = 420_000;
/** What Headscale removes by itself takes it two minutes. */
const GONE_MS = 240_000;

let folder: string;
let parts: Parts;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-chaos-'));
	parts = await Parts.forRounds(folder, SEED);
}, ROUNDS_MS);
afterAll(async () => {
	await parts.stop();
	rmSync(folder, { recursive: true, force: true });
});

test(
	'kill -9 of each part at a random point of a window’s life',
	{ timeout: ROUNDS_MS },
	async () => {
		const random = seeded(SEED);
		const again = new Tally();
		for (const part of PARTS) {
			const crash = randomCrash(random, part);
			process.stdout.write(`  seed ${String(SEED)}: ${JSON.stringify(crash)}\n`);
			if (part === 'agent') await parts.agentUp();
			await crashRound({ parts, crash, keyTtlS: KEY_TTL_S, again });
		}
		process.stdout.write(`  done again: ${again.toString()}\n`);
		await parts.agentUp();
		// A write that a crash cut short leaves nothing behind; one that is under way soon does not.
		await expect
			.poll(() => readdirSync(parts.stateDir).sort())
			.toEqual(['agent.json', 'keys.json']);
	}
);

test('a fault on every way between two parts', { timeout: ROUNDS_MS }, async () => {
	const random = seeded(SEED);
	const again = new Tally();
	for (const round of WAYS_ROUNDS) {
		process.stdout.write(`  seed ${String(SEED)}: ${JSON.stringify(kindsOf(round))}\n`);
		await waysRound({ parts, round, random, keyTtlS: KEY_TTL_S, again });
	}
	process.stdout.write(`  done again: ${again.toString()}\n`);
});

test('afterwards no window’s node is left', { timeout: GONE_MS + 10_000 }, async () => {
	await expect
		.poll(async () => (await parts.tailnet.headscale.nodes()).filter(isWindow), {
			timeout: GONE_MS,
			interval: 500
		})
		.toEqual([]);
});
