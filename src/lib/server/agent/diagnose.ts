// The way to one machine as the server sees it, leg by leg: control and DERP by the relay's own dials, the
// rest by the agent. A window's own side is its own to tell.
// Server only; called by POST /api/diagnose.
import { isIP } from 'node:net';
import type { DiagnoseAnswer } from '$lib/contracts/api';
import { AppError, fullReport, toAppError } from '$lib/contracts/app-error';
import type { LegResult } from '$lib/contracts/tailnet';
import type { ProbeLeg } from '$lib/contracts/wasm';
import { checkTarget } from '../relay/check';
import type { RelayTargets } from '../relay/targets';
import type { Agent } from './manager';

const PEER_LEGS = ['wireguard', 'tcp', 'ssh'] as const;

/** All legs that the server can see. What a leg fails of is in it; the whole never fails.
 *  @param address of a node; only one that the agent's netmap shows is dialled
 *  @throws AppError `bad-request` for what is no IP address */
export async function diagnose(
	address: string,
	parts: {
		readonly agent: Pick<Agent, 'probe'>;
		readonly targets: RelayTargets;
		/** The agent sees machines that the policy hides from the person: an admin may know them by name. */
		readonly isAdmin: boolean;
	}
): Promise<DiagnoseAnswer> {
	if (isIP(address) === 0) throw AppError.of('bad-request', { reason: 'it names no IP address' });
	const { agent, targets, isAdmin } = parts;
	const impersonal = (probe: ProbeLeg): ProbeLeg => withoutNames(probe, address);
	// The first is the agent's home region, which is near the server.
	const [region] = targets.regions;
	const [control, derp, peer] = await Promise.all([
		timed('control', () => checkTarget(targets.byName('control'))),
		region === undefined
			? Promise.resolve(notReached('derp', null))
			: timed('derp', () => checkTarget(targets.byName(`derp-${String(region.id)}`))),
		agent.probe(address).then(
			(found) => peerLegs(isAdmin ? found : found.map(impersonal)),
			(cause: unknown) => {
				const error = toAppError(cause);
				return PEER_LEGS.map((leg) => notReached(leg, error));
			}
		)
	]);
	return { legs: [control, derp, ...peer] };
}

async function timed(
	leg: LegResult['leg'],
	look: () => Promise<AppError | null>
): Promise<LegResult> {
	const startedMs = performance.now();
	const error = await look();
	return {
		leg,
		state: error === null ? 'ok' : 'failed',
		tookMs: Math.round(performance.now() - startedMs),
		detail: '',
		error: error === null ? null : fullReport(error.toWire())
	};
}

const notReached = (leg: LegResult['leg'], error: AppError | null): LegResult => ({
	leg,
	state: 'not-reached',
	tookMs: null,
	detail: '',
	error: error === null ? null : fullReport(error.toWire())
});

/** What replaces in an error what only the agent knows of a machine; the address was asked for. */
const UNTOLD: Readonly<Record<string, string>> = {
	lastSeen: 'at an unknown time',
	banner: 'what it says is not shown'
};

function withoutNames(probe: ProbeLeg, address: string): ProbeLeg {
	const { error } = probe;
	if (error === null) return { ...probe, detail: '' };
	const told = ([name, value]: [string, string]): [string, string] => [
		name,
		name === 'node' ? address : (UNTOLD[name] ?? value)
	];
	const params = Object.fromEntries(Object.entries(error.params).map(told));
	return { ...probe, detail: '', error: { ...error, params } };
}

/** The agent's legs, and those after the one that failed. */
function peerLegs(found: readonly ProbeLeg[]): readonly LegResult[] {
	return PEER_LEGS.map((leg) => {
		const probe = found.find((one) => one.leg === leg);
		if (probe === undefined) return notReached(leg, null);
		return {
			leg,
			state: probe.isOk ? ('ok' as const) : ('failed' as const),
			tookMs: Math.round(probe.tookMs),
			detail: probe.detail,
			error: probe.error === null ? null : fullReport(probe.error)
		};
	});
}
