// Looks at the way to one machine from both sides: this window measures its own legs, the server's node the
// same ones. Window only; DiagnosisView builds one for a session and shows it.
import { AppError, fullReport, toAppError, type WireError } from '$lib/contracts/app-error';
import type { Leg, LegResult } from '$lib/contracts/tailnet';
import type { Api } from '../api';
import { systemClock, type Clock } from '../clock';
import type { NodeClient } from '../node/node-client.svelte';
import type { SshSession } from '../sessions/ssh-session.svelte';
import { legsOf, type LegView, type Looked } from './legs';

export interface DiagnosisOptions {
	readonly session: Pick<SshSession, 'trail' | 'error' | 'peer' | 'nodeName' | 'login'>;
	readonly node: Pick<
		NodeClient,
		'phase' | 'steps' | 'netmap' | 'isControlConnected' | 'derpLostAtMs' | 'probe'
	>;
	readonly api: Pick<Api, 'session' | 'relayCheck' | 'diagnose'>;
	readonly clock?: Clock;
}

/** What only a probe of the peer can tell. */
const PEER_LEGS = ['wireguard', 'tcp', 'ssh'] as const;

/** The relay would pass it, and still this window's own connection is not there. */
const OWN_IS_DOWN = 'this window’s own connection is down and tried again';

export class Diagnosis {
	readonly #options: DiagnosisOptions;
	readonly #clock: Clock;
	#window: readonly LegResult[] = $state.raw([]);
	#server: readonly LegResult[] = $state.raw([]);
	#running: readonly Leg[] = $state.raw([]);
	#isServerAsked = $state.raw(false);
	#serverError: WireError | null = $state.raw(null);
	#doneAtMs: number | null = $state.raw(null);
	#run: AbortController | null = null;

	readonly legs: readonly LegView[] = $derived.by(() => {
		const { session, node } = this.#options;
		const looked: Looked = { window: this.#window, server: this.#server, running: this.#running };
		return legsOf(
			{
				node: session.nodeName,
				login: session.login,
				peer: session.peer,
				ownPhase: node.phase,
				joinSteps: node.steps,
				peerCount: node.netmap?.peers.length ?? 0,
				derp: node.netmap?.own.derpRegion?.code ?? '',
				trail: session.trail,
				error: session.error
			},
			looked
		);
	});

	constructor(options: DiagnosisOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
	}

	get isRunning(): boolean {
		return this.#running.length > 0 || this.#isServerAsked;
	}

	/** Why the server's side could not look (agent off, hidden from it, too often); null when it could. */
	get serverError(): WireError | null {
		return this.#serverError ?? this.#server.find(isNotLooked)?.error ?? null;
	}

	/** When the last look ended; null before. */
	get doneAtMs(): number | null {
		return this.#doneAtMs;
	}

	/** Looks from both sides at once; a look that is under way is given up. Never throws: what fails is what
	 *  is shown. */
	async run(): Promise<void> {
		this.dispose();
		const run = new AbortController();
		this.#run = run;
		this.#window = [];
		this.#server = [];
		this.#serverError = null;
		await Promise.all([this.#lookFromHere(run.signal), this.#askServer(run.signal)]);
		if (run.signal.aborted) return;
		this.#doneAtMs = this.#clock.now();
	}

	dispose(): void {
		this.#run?.abort();
		this.#run = null;
		this.#running = [];
		this.#isServerAsked = false;
	}

	async #lookFromHere(signal: AbortSignal): Promise<void> {
		const { api, node, session } = this.#options;
		const isJoined = node.phase.at === 'running';
		const region = node.netmap?.own.derpRegion ?? null;
		const address = session.peer?.addresses[0];
		const looks: Promise<void>[] = [
			this.#look('server', signal, async () => {
				await api.session(signal);
				return null;
			})
		];
		looks.push(
			this.#look('control', signal, async () => {
				const error = await api.relayCheck('control', signal);
				if (isJoined && node.isControlConnected) return pastLimit(error);
				if (error !== null || !isJoined) return error;
				return AppError.of('control-unreachable', { reason: OWN_IS_DOWN }).toWire();
			})
		);
		if (region !== null) {
			const id = String(region.id);
			looks.push(
				this.#look('derp', signal, async () => {
					const error = await api.relayCheck(`derp-${id}`, signal);
					if (isJoined && node.derpLostAtMs === null) return pastLimit(error);
					if (error !== null || !isJoined) return error;
					return AppError.of('derp-unreachable', { region: id, reason: OWN_IS_DOWN }).toWire();
				})
			);
		}
		if (isJoined && address !== undefined) looks.push(this.#probe(address, signal));
		await Promise.all(looks);
	}

	/** One leg that is a question to the server. */
	async #look(leg: Leg, signal: AbortSignal, ask: () => Promise<WireError | null>): Promise<void> {
		this.#running = [...this.#running, leg];
		const startedAtMs = this.#clock.now();
		const error = await ask().catch((cause: unknown) => toAppError(cause).toWire());
		if (signal.aborted) return;
		// A server that is away says nothing about the legs behind it.
		const isServersFault = error?.code === 'server-unreachable' && leg !== 'server';
		this.#take(
			isServersFault
				? [notReached(leg)]
				: [
						{
							leg,
							state: error === null ? 'ok' : 'failed',
							tookMs: this.#clock.now() - startedAtMs,
							detail: '',
							error: error === null ? null : fullReport(error)
						}
					],
			[leg]
		);
	}

	async #probe(address: string, signal: AbortSignal): Promise<void> {
		this.#running = [...this.#running, ...PEER_LEGS];
		const found = await this.#options.node.probe(address).catch((cause: unknown) => {
			// The engine stopped or was started anew: its phase tells, and these legs stay unknown.
			if (
				cause instanceof AppError ||
				(cause instanceof DOMException && cause.name === 'AbortError')
			)
				return [];
			throw cause;
		});
		if (signal.aborted) return;
		const results = PEER_LEGS.map((leg): LegResult => {
			const probe = found.find((one) => one.leg === leg);
			if (probe === undefined) return notReached(leg);
			return {
				leg,
				state: probe.isOk ? 'ok' : 'failed',
				tookMs: probe.tookMs,
				detail: probe.detail,
				error: probe.error === null ? null : fullReport(probe.error)
			};
		});
		this.#take(results, PEER_LEGS);
	}

	async #askServer(signal: AbortSignal): Promise<void> {
		const address = this.#options.session.peer?.addresses[0];
		if (address === undefined) return;
		this.#isServerAsked = true;
		try {
			const legs = await this.#options.api.diagnose(address, signal);
			if (!signal.aborted) this.#server = legs;
		} catch (cause) {
			if (!signal.aborted) this.#serverError = toAppError(cause).toWire();
		} finally {
			if (!signal.aborted) this.#isServerAsked = false;
		}
	}

	#take(results: readonly LegResult[], legs: readonly Leg[]): void {
		this.#window = [...this.#window, ...results];
		this.#running = this.#running.filter((leg) => !legs.includes(leg));
	}
}

/** No room for one more is nothing to a connection that is among those. */
const pastLimit = (error: WireError | null): WireError | null =>
	error?.code === 'relay-limit' ? null : error;

const notReached = (leg: Leg): LegResult => ({
	leg,
	state: 'not-reached',
	tookMs: null,
	detail: '',
	error: null
});

/** Nobody could look, and why is known: a leg that merely lies behind a failed one has no error. */
const isNotLooked = ({ state, error }: LegResult): boolean =>
	state === 'not-reached' && error !== null;
