// Who is who, computed twice: by providerId() and by Headscale's own Go code, which stack/go/cmd/providerids asks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { providerId } from '$lib/server/identity/provider-id';
import golden from '../unit/server/provider-id.golden.json';
import { hostileText, mutated } from './arbitraries';

const ISSUERS = [
	'https://id.example.com',
	'https://id.example.com/',
	'https://id.example.com/realms/a',
	'https://ID.example.com:8443/tenant/v2.0',
	'http://127.0.0.1:9000'
] as const;
const somebody = fc.record({
	iss: fc.constantFrom(...ISSUERS),
	sub: fc.oneof(
		mutated(fc.constantFrom(...golden.map(({ sub }) => sub))),
		hostileText('alice', '|', '/', '%2F', '\u00e9', '!', '(', '[')
	)
});
const BATCH = 500;

/** @param options.lastsMs for how long; the program is given by HEADTAB_FUZZ_PROVIDERIDS */
export async function headscaleIds({
	seed,
	lastsMs
}: {
	readonly seed: number;
	readonly lastsMs: number;
}): Promise<{ readonly inputs: number; readonly fault: string | null }> {
	const program = process.env['HEADTAB_FUZZ_PROVIDERIDS'];
	if (program === undefined) return { inputs: 0, fault: 'HEADTAB_FUZZ_PROVIDERIDS is not set' };
	const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const endMs = performance.now() + lastsMs;
	let inputs = 0;
	try {
		for (let batch = 0; performance.now() < endMs; batch += 1) {
			const people = fc.sample(somebody, { numRuns: BATCH, seed: seed + batch });
			child.stdin.write(people.map((person) => `${JSON.stringify(person)}\n`).join(''));
			for (const { iss, sub } of people) {
				const line = await lines.next();
				if (line.done === true) return { inputs, fault: 'providerids has ended' };
				const theirs: unknown = JSON.parse(line.value);
				const ours = providerId(iss, sub);
				inputs += 1;
				if (ours.ok && ours.id !== theirs)
					return {
						inputs,
						fault: `${JSON.stringify({ iss, sub })}: ${ours.id} here, ${String(theirs)} there`
					};
			}
		}
		return { inputs, fault: null };
	} finally {
		child.stdin.end();
		if (child.exitCode === null) await once(child, 'exit');
	}
}
