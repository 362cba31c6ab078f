// How far DERP regions are from here. A window's packets come by this server, so the region near it is where its
// machines should send to; a browser cannot measure, and a node there would take any. Server only; used by relay/targets.ts.
import { connect } from 'node:net';
import { DERP_DISTANCE_TIMEOUT_MS } from '$lib/contracts/limits';
import type { LearntRegion } from './targets';

/** One connection more than the first, which may have waited for a name. */
const DIALS = 2;

/** @param origin http(s) @returns ms up to a TCP connection; Infinity when there is none in time */
export type Measure = (origin: string) => Promise<number>;

/** The regions, the nearest first and those that cannot be reached last; each by its first server. */
export async function byDistance<T extends LearntRegion>(
	regions: readonly T[],
	measure: Measure
): Promise<readonly T[]> {
	// Nobody to choose from, nobody to ask.
	if (regions.length < 2) return regions;
	const measured = await Promise.all(
		regions.map(async (region) => ({ region, ms: await nearest(region, measure) }))
	);
	return measured.sort((a, b) => (a.ms === b.ms ? 0 : a.ms - b.ms)).map(({ region }) => region);
}

async function nearest({ origins }: LearntRegion, measure: Measure): Promise<number> {
	const [origin] = origins;
	if (origin === undefined) return Infinity;
	let leastMs = Infinity;
	for (let dial = 0; dial < DIALS; dial += 1) leastMs = Math.min(leastMs, await measure(origin));
	return leastMs;
}

export const tcpMs: Measure = (origin) => {
	const { hostname, port, protocol } = new URL(origin);
	const startMs = performance.now();
	return new Promise((resolve) => {
		const socket = connect({
			host: hostname,
			port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
			timeout: DERP_DISTANCE_TIMEOUT_MS
		});
		const end = (ms: number) => {
			socket.destroy();
			resolve(ms);
		};
		socket.once('connect', () => end(performance.now() - startMs));
		socket.once('timeout', () => end(Infinity));
		socket.once('error', () => end(Infinity));
	});
};
