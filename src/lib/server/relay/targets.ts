// Paths of the relay → upstream addresses. A client names control or a region, never a host.
// Server only; used by relay/upgrade.ts, the check route and the key answer.
import { AppError } from '$lib/contracts/app-error';
import { RELAY_PATH } from '$lib/contracts/limits';
import type { DerpRegion } from '$lib/contracts/tailnet';
import type { Config } from '../config/schema';
import { hostPort } from '../http/host-port';
import { byDistance, tcpMs, type Measure } from './distance';

/** Where one relayed connection goes. */
export interface RelayTarget {
	readonly kind: 'control' | 'derp';
	/** `control` or `derp-999`; for limits, logs and the check route. */
	readonly name: string;
	/** null for control. */
	readonly region: number | null;
	/** Origins to try in turn, http(s). */
	readonly origins: readonly string[];
	/** Path of the WebSocket there. */
	readonly path: '/ts2021' | '/derp';
	readonly protocol: 'tailscale-control-protocol' | 'derp';
}

/** A DERP region as the agent's checked map has it. */
export interface LearntRegion {
	readonly id: number;
	/** `host:port` as the map names them. */
	readonly hosts: readonly string[];
	readonly origins: readonly string[];
}

export class RelayTargets {
	readonly #control: RelayTarget;
	readonly #set = new Map<number, string[]>();
	readonly #isSet: boolean;
	/** Region → origins to dial. */
	#derp: ReadonlyMap<number, readonly string[]>;
	#regions: readonly DerpRegion[];
	/** The tailnet's map of now, whose order is being found out or known. */
	#learnt: readonly LearntRegion[] = [];
	/** One map at a time: however often control sends another, so many are dialled and no more. */
	#ordering: Promise<void> | null = null;
	readonly #measure: Measure;
	/** Directly, a window's way to a region is another than the server's. */
	readonly #isRelay: boolean;

	constructor(
		config: Pick<Config, 'headscaleUrl' | 'derp'> &
			Partial<Pick<Config, 'isDerpSet' | 'headscalePublicUrl' | 'mode'>>,
		measure: Measure = tcpMs
	) {
		this.#measure = measure;
		this.#isRelay = config.mode !== 'direct';
		const publicUrl = config.headscalePublicUrl ?? config.headscaleUrl;
		this.#control = {
			kind: 'control',
			name: 'control',
			region: null,
			// In direct mode nobody is relayed: what is looked at then is the windows' own way.
			origins: [config.mode === 'direct' ? publicUrl : config.headscaleUrl],
			path: '/ts2021',
			protocol: 'tailscale-control-protocol'
		};
		for (const { region, origin } of config.derp)
			this.#set.set(region, [...(this.#set.get(region) ?? []), origin]);
		this.#isSet = config.isDerpSet ?? true;
		this.#derp = this.#set;
		// The embedded server is named by Headscale's server_url, wherever it is dialled.
		this.#regions = [...this.#set].map(([id, origins]) => ({
			id,
			hosts: (this.#isSet ? origins : [publicUrl]).map(hostPort)
		}));
	}

	/** Regions with the hosts by which the DERP map names them; the worker maps those to the relay. The nearest to this
	 *  server first, or as HEADTAB_DERP has them. */
	get regions(): readonly DerpRegion[] {
		return this.#regions;
	}

	/** The same with the origins that are dialled; for the doctor. */
	get upstreams(): readonly LearntRegion[] {
		return this.#regions.map(({ id, hosts }) => ({ id, hosts, origins: this.#derp.get(id) ?? [] }));
	}

	/** Takes the tailnet's own map, at once, and its order as soon as it is known how far the regions are. Where
	 *  HEADTAB_DERP is set, that stays the list, and the map only adds names to its regions; a map without regions
	 *  changes nothing. Open connections go on. */
	async learn(regions: readonly LearntRegion[]): Promise<void> {
		if (regions.length === 0) return;
		if (this.#isSet) {
			this.#addNames(regions);
			return;
		}
		this.#learnt = regions;
		// The agent sends the same map at each of its starts: what is known of its order holds meanwhile.
		const places = new Map(this.#regions.map(({ id }, place) => [id, place]));
		const place = ({ id }: LearntRegion): number => places.get(id) ?? places.size;
		this.#replace(regions.toSorted((a, b) => place(a) - place(b)));
		if (!this.#isRelay) return;
		this.#ordering ??= this.#order();
		await this.#ordering;
	}

	async #order(): Promise<void> {
		let measured: readonly LearntRegion[] = [];
		while (measured !== this.#learnt) {
			measured = this.#learnt;
			const ordered = await byDistance(measured, this.#measure);
			if (measured === this.#learnt) this.#replace(ordered);
		}
		this.#ordering = null;
	}

	#replace(regions: readonly LearntRegion[]): void {
		this.#derp = new Map(regions.map(({ id, origins }) => [id, origins]));
		this.#regions = regions.map(({ id, hosts }) => ({ id, hosts }));
	}

	#addNames(regions: readonly LearntRegion[]): void {
		const named = new Map(regions.map(({ id, hosts }) => [id, hosts]));
		this.#regions = [...this.#set].map(([id, origins]) => ({
			id,
			hosts: [...new Set([...origins.map(hostPort), ...(named.get(id) ?? [])])]
		}));
	}

	/** The target of an upgrade's exact path; null when the path is none of the relay's.
	 *  @throws AppError `relay-target-unknown` for a path below /relay/derp without a target */
	byPath(path: string): RelayTarget | null {
		if (!path.startsWith(`${RELAY_PATH}/`)) return null;
		const rest = path.slice(RELAY_PATH.length);
		if (rest === '/ts2021') return this.#control;
		if (!rest.startsWith('/derp')) return null;
		const match = /^\/derp\/([1-9]\d{0,4})$/.exec(rest);
		if (match === null) throw AppError.of('relay-target-unknown', { target: 'of that name' });
		return this.#region(Number(match[1]));
	}

	/** The target by its name, as the check route takes it. @throws AppError `relay-target-unknown` */
	byName(name: string | null): RelayTarget {
		if (name === 'control') return this.#control;
		const match = /^derp-([1-9]\d{0,4})$/.exec(name ?? '');
		if (match === null) throw AppError.of('relay-target-unknown', { target: 'of that name' });
		return this.#region(Number(match[1]));
	}

	#region(region: number): RelayTarget {
		const origins = this.#derp.get(region);
		if (origins === undefined)
			throw AppError.of('relay-target-unknown', { target: `derp-${String(region)}` });
		return {
			kind: 'derp',
			name: `derp-${String(region)}`,
			region,
			origins,
			path: '/derp',
			protocol: 'derp'
		};
	}
}
