// What the load is put on: a real tailnet with many people, and the built server pinned to a core.
// Node; load.load.ts starts one and stops it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectGarbage, startApp, WITH_SIGNALS, type AppOptions } from '../../stack/app';
import { PEOPLE, type OidcPerson } from '../../stack/oidc';
import { freePort } from '../../stack/ports';
import type { StackProcess } from '../../stack/process';
import { startTailnet, type Tailnet } from '../../stack/tailnet';
import { RELAY_TOTAL_MAX } from '../../src/lib/contracts/limits';
import { cores } from './watch';

/** Where `HEADTAB_LOAD_PROFILE` has the server write what its time goes into, by V8's profiler. */
const PROFILE_DIR = process.env['HEADTAB_LOAD_PROFILE'];

export interface Stand {
	readonly tailnet: Tailnet;
	readonly origin: string;
	readonly metricsUrl: string;
	/** Logins of the people beside the demo's. */
	readonly crowd: readonly string[];
	/** Starts the server anew: sign-ins go on, as its keys are kept.
	 *  @param headscaleUrl what it takes for Headscale; the real one unless given */
	serve(headscaleUrl?: string): Promise<StackProcess>;
	/** Of the server. */
	collectGarbage(): void;
	stop(): Promise<void>;
}

/** @param options.crowdSize so many people more than the demo's, each with a Headscale user
 *  @param options.connections so many relayed ones; up to the default the setting is left alone */
export async function startStand(options: {
	readonly crowdSize: number;
	readonly connections: number;
}): Promise<Stand> {
	const { crowdSize, connections } = options;
	const stateDir = mkdtempSync(join(tmpdir(), 'headtab-load-'));
	const [port, metricsPort] = [await freePort(), await freePort()];
	const origin = `http://127.0.0.1:${String(port)}`;
	const crowd = Array.from({ length: crowdSize }, (_, i) => `person-${String(i + 1)}`);
	const tailnet = await startTailnet({
		stateDir: join(stateDir, 't'),
		appOrigin: origin,
		people: [...PEOPLE, ...crowd.map(person)],
		targets: ['web-1', 'db-1'],
		// Its own cost for each request decides keys and sign-ins a second.
		hasDefaultTuning: true
	});
	const { headscale, oidc, client } = tailnet;
	for (const name of crowd) await headscale.api('POST', '/user', { name });
	const pinned = await cores();
	let app: StackProcess | null = null;

	return {
		tailnet,
		origin,
		crowd,
		metricsUrl: `http://127.0.0.1:${String(metricsPort)}/metrics`,
		async serve(headscaleUrl) {
			await app?.stop();
			const appOptions: AppOptions = {
				stateDir: join(stateDir, 'app'),
				port,
				origin,
				headscale,
				oidc,
				client,
				before: pinned === null ? [] : ['taskset', '-c', pinned.server],
				nodeOptions: [
					...WITH_SIGNALS,
					...(PROFILE_DIR === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILE_DIR}`])
				],
				env: {
					...(headscaleUrl === undefined ? {} : { HEADTAB_HEADSCALE_URL: headscaleUrl }),
					HEADTAB_IDENTITY_MAP: crowd.map((login) => `${login}=${login}`).join(','),
					// All come from one address here, and as fast as they can.
					HEADTAB_LOGINS_PER_MIN: '10000',
					HEADTAB_KEYS_PER_MIN: '10000',
					HEADTAB_RELAY_TOTAL_MAX: String(Math.max(RELAY_TOTAL_MAX, connections)),
					HEADTAB_METRICS_PORT: String(metricsPort)
				}
			};
			app = await startApp(appOptions);
			return app;
		},
		collectGarbage() {
			if (app !== null) collectGarbage(app);
		},
		async stop() {
			await app?.stop();
			await tailnet.stop();
			rmSync(stateDir, { recursive: true, force: true });
		}
	};
}

const person = (login: string): OidcPerson => ({
	login,
	name: login,
	email: `${login}@tailnet.example`,
	isEmailVerified: true
});
