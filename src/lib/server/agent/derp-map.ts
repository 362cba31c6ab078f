// The tailnet's DERP map as the agent sees it → the regions that the relay serves. A map comes from
// the control server, so what looks wrong in it is dropped, not dialled (SECURITY N14).
// Server only; used by agent/manager.ts.
import { DERP_NODES_MAX, DERP_REGIONS_MAX } from '$lib/contracts/limits';
import type { DerpMap } from '$lib/contracts/wasm';
import { isLoopbackHost } from '../config/load';
import type { LearntRegion } from '../relay/targets';

/** One region that the relay may dial. */
export interface DerpMapRegion extends LearntRegion {
	readonly code: string;
}

export interface CheckedDerpMap {
	readonly regions: readonly DerpMapRegion[];
	/** What was dropped, each with why; for the log. */
	readonly dropped: readonly string[];
}

const HOST =
	/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;

/** @param options.isLoopback Headscale itself is on loopback: then DERP may be, too, in plain http */
export function checkDerpMap(
	map: DerpMap,
	options: { readonly isLoopback: boolean; readonly isHttp: boolean }
): CheckedDerpMap {
	const dropped: string[] = [];
	const regions: DerpMapRegion[] = [];
	const scheme = options.isHttp ? 'http' : 'https';
	let left = DERP_NODES_MAX;
	for (const { id, code, nodes } of map.regions) {
		if (!Number.isInteger(id) || id < 1 || id > 65_535 || regions.length >= DERP_REGIONS_MAX) {
			dropped.push(
				`region ${String(id)}: ${regions.length >= DERP_REGIONS_MAX ? 'too many' : 'no id'}`
			);
			continue;
		}
		const hosts: string[] = [];
		for (const node of nodes) {
			const fault = left <= 0 ? 'too many' : nodeFault(node, options.isLoopback);
			if (fault !== null) {
				dropped.push(`region ${String(id)}, ${node.host.slice(0, 80)}: ${fault}`);
				continue;
			}
			left -= 1;
			hosts.push(`${node.host.replace(/\.$/, '').toLowerCase()}:${String(node.port)}`);
		}
		if (hosts.length === 0) continue;
		const origins = hosts.map((host) => new URL(`${scheme}://${host}`).origin);
		regions.push({ id, code: code.slice(0, 40), hosts, origins });
	}
	return { regions, dropped };
}

function nodeFault(
	{ host, port, isInsecure }: DerpMap['regions'][number]['nodes'][number],
	isLoopback: boolean
): string | null {
	if (isInsecure && !isLoopback) return 'its certificate is not to be checked';
	if (!Number.isInteger(port) || port < 1 || port > 65_535) return 'no TCP port';
	if (!HOST.test(host)) return 'no host name';
	const name = hostnameOf(host);
	if (name === null) return 'no host name';
	if (!isLoopback && isOwnMachine(name)) return 'it is on loopback';
	return null;
}

/** As a dial reads it: lower case, and numbers in every way of writing as an IPv4 address. */
function hostnameOf(host: string): string | null {
	const url = `https://${host.replace(/\.$/, '')}`;
	return URL.canParse(url) ? new URL(url).hostname : null;
}

const isOwnMachine = (name: string): boolean =>
	isLoopbackHost(name) ||
	name.startsWith('127.') ||
	name.endsWith('.localhost') ||
	name === '0.0.0.0';
