// Where a window may connect to beside its own origin: nowhere in relay mode, to Headscale and the DERP servers
// in direct mode. Pure; app.ts asks for each answer's Content-Security-Policy.
import { createHash } from 'node:crypto';
import type { DerpRegion } from '$lib/contracts/tailnet';
import type { Config } from './schema';

/** Sources for `connect-src`, each once. */
export function connectSources(
	{ mode, origin, headscalePublicUrl }: Pick<Config, 'mode' | 'origin' | 'headscalePublicUrl'>,
	regions: readonly DerpRegion[]
): readonly string[] {
	if (mode === 'relay') return [];
	const { protocol } = new URL(headscalePublicUrl);
	const derp = regions.flatMap(({ hosts }) =>
		hosts.map((host) => socketOf(new URL(`${protocol}//${host}`).origin))
	);
	const own = [origin, socketOf(origin)];
	const sources = [headscalePublicUrl, socketOf(headscalePublicUrl), ...derp];
	return [...new Set(sources)].filter((source) => !own.includes(source));
}

const socketOf = (origin: string): string => origin.replace(/^http/, 'ws');

/** Names a list of sources; empty for none. A worker obeys the policy that came with its script, so that
 *  script has another address for each. */
export const policyName = (sources: readonly string[]): string =>
	sources.length === 0
		? ''
		: createHash('sha256').update(sources.join(' ')).digest('base64url').slice(0, 12);
