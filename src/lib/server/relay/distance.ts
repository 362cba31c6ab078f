// How far DERP regions are from here. A window's packets come by this server, so the region near it is where its
// machines should send to; a browser cannot measure, and a node there would take any. Server only; used by relay/targets.ts.
import { connect } from 'node:net';
import { DERP_DISTANCE_TIMEOUT_MS } from '$lib/contracts/limits';
import { portOf } from '../http/host-port';
import type { LearntRegion } from './targets';

/** One connection more than the first, which may have waited for a name. */
const DIALS = 2;
/** A map may name a hundred that nobody finds, and what else the server looks up waits behind their names. */
export const AT_ONCE_MAX = 8;

/** @param origin http(s) @returns ms up to a TCP connection; Infinity when there is none in time */
export type Measure = (origin: string) => Promise<number>;

/** The regions, the nearest first and those that cannot be reached last; each by its first server. */
export async function byDistance(
	regions: readonly LearntRegion[],
	measure: Measure
): Promise<readonly LearntRegion[]> {
	// Nobody to choose from, nobody to ask.
	if (regions.length < 2) return regions;
	const msOf = new Map<LearntRegion, number>();
	const left = regions.values();
	const measureNext = async (): Promise<void> => {
		for (const region of left) msOf.set(region, await nearest(region, measure));
	};
	await Promise.all(Array.from({ length: AT_ONCE_MAX }, measureNext));
	const ms = (region: LearntRegion): number => msOf.get(region) ?? Infinity;
	return regions.toSorted((a, b) => (ms(a) === ms(b) ? 0 : ms(a) - ms(b)));
}

async function nearest({ origins }: LearntRegion, measure: Measure): Promise<number> {
	const [origin] = origins;
	if (origin === undefined) return Infinity;
	let leastMs = Infinity;
	for (let dial = 0; dial < DIALS; dial += 1) {
		const ms = await measure(origin);
		if (ms === Infinity) break;
		leastMs = Math.min(leastMs, ms);
	}
	return leastMs;
}

export const tcpMs: Measure = (origin) => {
	const url = new URL(origin);
	const startMs = performance.now();
	return new Promise((resolve) => {
		const socket = connect({
			host: url.hostname,
			port: Number(portOf(url)),
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
