// What the server's own node tells of a machine, and to whom.
import { describe, expect, test } from 'vitest';
import type { ProbeLeg } from '$lib/contracts/wasm';
import { diagnose } from '$lib/server/agent/diagnose';
import type { RelayTargets } from '$lib/server/relay/targets';

const ADDRESS = '100.64.0.7';
/** No region, and a control server without an address: nothing is dialled. */
const targets = {
	regions: [],
	byName: () => ({ name: 'control', kind: 'control', region: null, origins: [], protocol: 'x' })
} as unknown as RelayTargets;

const ok = (leg: ProbeLeg['leg'], detail = ''): ProbeLeg => ({
	leg,
	isOk: true,
	tookMs: 3,
	detail,
	error: null
});
const failed = (
	leg: ProbeLeg['leg'],
	code: NonNullable<ProbeLeg['error']>['code'],
	params: Readonly<Record<string, string>>
): ProbeLeg => ({ leg, isOk: false, tookMs: 3, detail: '', error: { code, params, id: 'abc' } });

const look = async (isAdmin: boolean, ...legs: readonly ProbeLeg[]) =>
	(
		await diagnose(ADDRESS, {
			agent: { probe: () => Promise.resolve(legs) },
			targets,
			isAdmin
		})
	).legs.slice(2);

describe('the agent sees what the policy hides from a person', () => {
	test('an admin is told all of it', async () => {
		const offline = { node: 'vault-1', lastSeen: '3 days ago' };
		const [leg] = await look(true, failed('wireguard', 'node-offline', offline));
		expect(leg?.error?.message).toBe('vault-1 is offline, last seen 3 days ago.');
		const legs = await look(true, ok('wireguard'), ok('tcp'), ok('ssh', 'SSH-2.0-Vault_1'));
		expect(legs.at(-1)?.detail).toBe('SSH-2.0-Vault_1');
	});

	test('others are told how it went, and nothing of the machine that they did not know', async () => {
		const [offline] = await look(
			false,
			failed('wireguard', 'node-offline', { node: 'vault-1', lastSeen: '3 days ago' })
		);
		expect(offline).toMatchObject({ state: 'failed', error: { code: 'node-offline' } });
		expect(offline?.error?.message).toBe(`${ADDRESS} is offline, last seen at an unknown time.`);
		const legs = await look(false, ok('wireguard'), ok('tcp'), ok('ssh', 'SSH-2.0-Vault_1'));
		expect(legs.map(({ state, detail }) => [state, detail])).toEqual([
			['ok', ''],
			['ok', ''],
			['ok', '']
		]);
		const odd = await look(
			false,
			ok('wireguard'),
			ok('tcp'),
			failed('ssh', 'ssh-not-ssh', { node: 'vault-1', banner: 'HTTP/1.1 400 vault' }),
			failed('tcp', 'tcp-timeout', { node: 'vault-1', seconds: '5' })
		);
		expect(JSON.stringify(odd)).not.toContain('vault');
		const slow = await look(false, failed('tcp', 'tcp-timeout', { node: 'v', seconds: '5' }));
		expect(slow.find(({ leg }) => leg === 'tcp')?.error?.params).toEqual({
			node: ADDRESS,
			seconds: '5'
		});
	});
});
