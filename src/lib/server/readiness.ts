// What the server depends on and how it is: the facts behind /readyz.
// Server only; asked by monitors, so answers are kept for some seconds.
import { AppError, report, toAppError } from '$lib/contracts/app-error';
import type { ReadyAnswer, ReadyCheck } from '$lib/contracts/api';
import type { Agent } from './agent/manager';
import type { WasmAssets } from './assets/wasm';
import { probeControl } from './headscale/capabilities';
import type { HeadscaleClient } from './headscale/client';
import type { OidcProvider } from './oidc/provider';

const ANSWER_TTL_MS = 3_000;
const notConfigured = () => AppError.of('oidc-not-configured', { setting: 'HEADTAB_OIDC_ISSUER' });

export class Readiness {
	readonly #oidc: OidcProvider | null;
	readonly #headscale: HeadscaleClient;
	readonly #wasm: WasmAssets;
	readonly #agent: Pick<Agent, 'fault'>;
	readonly #now: () => number;
	#isStopping = false;
	#answer: { readonly value: Promise<ReadyAnswer>; readonly atMs: number } | null = null;

	constructor(options: {
		readonly oidc: OidcProvider | null;
		readonly headscale: HeadscaleClient;
		readonly wasm: WasmAssets;
		readonly agent: Pick<Agent, 'fault'>;
		readonly now: () => number;
	}) {
		this.#oidc = options.oidc;
		this.#headscale = options.headscale;
		this.#wasm = options.wasm;
		this.#agent = options.agent;
		this.#now = options.now;
	}

	/** From now on not ready, so that a load balancer sends nobody here. */
	stop(): void {
		this.#isStopping = true;
		this.#answer = null;
	}

	/** Each dependency, its state and its error code. */
	answer(): Promise<ReadyAnswer> {
		if (this.#answer === null || this.#now() - this.#answer.atMs >= ANSWER_TTL_MS)
			this.#answer = { value: this.#ask(), atMs: this.#now() };
		return this.#answer.value;
	}

	async #ask(): Promise<ReadyAnswer> {
		const checks = await Promise.all([
			check('configuration', () => Promise.resolve(this.#oidc === null ? notConfigured() : null)),
			check('oidc', async () => {
				await this.#oidc?.metadata();
				return this.#oidc === null ? notConfigured() : null;
			}),
			check('headscale', async () => {
				await probeControl(this.#headscale.url);
				await this.#headscale.users();
				return null;
			}),
			check('wasm', () =>
				Promise.resolve(this.#wasm.asset === null ? AppError.of('wasm-missing') : null)
			),
			check('agent', () => Promise.resolve(this.#agent.fault)),
			...(this.#isStopping
				? [check('server', () => Promise.resolve(AppError.of('server-stopping')))]
				: [])
		]);
		return {
			isReady: checks.every(({ isReady, isOptional }) => isReady || isOptional === true),
			checks
		};
	}
}

async function check(
	name: ReadyCheck['name'],
	ask: () => Promise<AppError | null>
): Promise<ReadyCheck> {
	const error = await ask().catch((cause: unknown) => toAppError(cause));
	return {
		name,
		isReady: error === null,
		code: error?.code ?? null,
		...(error === null ? {} : { remedy: report(error).remedy }),
		// Only checks from the server's side need it.
		...(name === 'agent' ? { isOptional: true as const } : {})
	};
}
