// A look from both sides: what is asked, what is shown when one of them cannot look.
import { describe, expect, it } from 'vitest';
import { AppError, fullReport, type WireError } from '$lib/contracts/app-error';
import type { LegResult } from '$lib/contracts/tailnet';
import type { ProbeLeg } from '$lib/contracts/wasm';
import { Diagnosis, type DiagnosisOptions } from '$lib/client/diagnosis/diagnosis.svelte';
import { firstFailed } from '$lib/client/diagnosis/legs';
import { CONFIG, DIAGNOSED, FakeClock, netmap, peer, settle } from '../fakes';

const probed: readonly ProbeLeg[] = [
	{ leg: 'wireguard', isOk: true, tookMs: 12, detail: '', error: null },
	{
		leg: 'tcp',
		isOk: false,
		tookMs: 3,
		detail: '',
		error: AppError.of('tcp-refused', { node: 'web-1' }).toWire()
	}
];

function setUp(
	change: {
		readonly serverLegs?: readonly LegResult[];
		readonly serverError?: AppError;
		readonly relay?: WireError | null;
		readonly phase?: DiagnosisOptions['node']['phase'];
		readonly sessionError?: AppError;
		readonly derpLostAtMs?: number;
		readonly isControlLost?: boolean;
	} = {}
) {
	const asked: string[] = [];
	const map = netmap(peer());
	const options: DiagnosisOptions = {
		session: DIAGNOSED,
		node: {
			phase: change.phase ?? { at: 'running' },
			steps: [],
			netmap: { ...map, own: { ...map.own, derpRegion: { id: 999, code: 'fra' } } },
			isControlConnected: change.isControlLost !== true,
			derpLostAtMs: change.derpLostAtMs ?? null,
			probe: (address) => {
				asked.push(`probe ${address}`);
				return Promise.resolve(probed);
			}
		},
		api: {
			session: () => {
				asked.push('session');
				return change.sessionError === undefined
					? Promise.resolve({
							person: null,
							linkError: null,
							loginError: null,
							accessError: null,
							config: CONFIG
						})
					: Promise.reject(change.sessionError);
			},
			relayCheck: (target) => {
				asked.push(`check ${target}`);
				return change.sessionError === undefined
					? Promise.resolve(change.relay ?? null)
					: Promise.reject(change.sessionError);
			},
			diagnose: (address) => {
				asked.push(`diagnose ${address}`);
				return change.serverError === undefined
					? Promise.resolve(change.serverLegs ?? [])
					: Promise.reject(change.serverError);
			}
		},
		clock: new FakeClock()
	};
	return { asked, diagnosis: new Diagnosis(options) };
}

describe('Diagnosis', () => {
	it('asks both sides, and shows each leg once it is known', async () => {
		const { asked, diagnosis } = setUp();
		const run = diagnosis.run();
		expect(diagnosis.isRunning).toBe(true);
		expect(diagnosis.legs.find(({ leg }) => leg === 'tcp')?.state).toBe('running');
		await run;
		expect(diagnosis.isRunning).toBe(false);
		expect(asked.toSorted()).toEqual([
			'check control',
			'check derp-999',
			'diagnose 100.64.0.7',
			'probe 100.64.0.7',
			'session'
		]);
		expect(firstFailed(diagnosis.legs)?.error?.code).toBe('tcp-refused');
		expect(diagnosis.legs.find(({ leg }) => leg === 'ssh')?.state).toBe('not-reached');
		expect(diagnosis.doneAtMs).not.toBeNull();
	});

	it('[agent-off] E2 says why the server’s node did not look, and shows what the window knows', async () => {
		const off = AppError.of('agent-off', { reason: 'HEADTAB_AGENT is off' }).toWire();
		const { diagnosis } = setUp({
			serverLegs: [
				{ leg: 'control', state: 'ok', tookMs: 4, detail: '', error: null },
				{ leg: 'tcp', state: 'not-reached', tookMs: null, detail: '', error: fullReport(off) }
			]
		});
		await diagnosis.run();
		expect(diagnosis.serverError?.code).toBe('agent-off');
		expect(diagnosis.legs.find(({ leg }) => leg === 'wireguard')?.state).toBe('ok');
		expect(diagnosis.legs.find(({ leg }) => leg === 'control')?.server?.tookMs).toBe(4);
	});

	it('[rate-limited] a server that is asked too often is a note, not a failed leg', async () => {
		const { diagnosis } = setUp({ serverError: AppError.of('rate-limited', { seconds: '9' }) });
		await diagnosis.run();
		expect(diagnosis.serverError?.code).toBe('rate-limited');
		expect(diagnosis.legs.find(({ leg }) => leg === 'server')?.state).toBe('ok');
	});

	it('[server-unreachable] a server that is away is the first leg, and says nothing about the next', async () => {
		const { diagnosis } = setUp({
			sessionError: AppError.of('server-unreachable', { origin: 'https://tab.example' })
		});
		await diagnosis.run();
		expect(firstFailed(diagnosis.legs)?.leg).toBe('server');
		expect(diagnosis.legs.find(({ leg }) => leg === 'control')?.state).toBe('not-reached');
	});

	it('[control-unreachable] the relay’s reason is the leg’s', async () => {
		const { diagnosis } = setUp({
			relay: AppError.of('control-unreachable', { reason: 'refused' }).toWire()
		});
		await diagnosis.run();
		expect(firstFailed(diagnosis.legs)?.error).toMatchObject({
			code: 'control-unreachable',
			params: { reason: 'refused' }
		});
	});

	it.each([
		[{}, 'ok', 'ok'],
		[{ derpLostAtMs: 1 }, 'ok', 'failed'],
		[{ isControlLost: true }, 'failed', 'not-reached']
	] as const)(
		'[relay-limit] a full relay is a fault where this window is not in it: %o',
		async (change, control, derp) => {
			const { diagnosis } = setUp({
				...change,
				relay: AppError.of('relay-limit', { limit: '16' }).toWire()
			});
			await diagnosis.run();
			const stateOf = (leg: 'control' | 'derp') =>
				diagnosis.legs.find((view) => view.leg === leg)?.state;
			expect(stateOf('control')).toBe(control);
			expect(stateOf('derp')).toBe(derp);
		}
	);

	it('[derp-unreachable] N4 the relay passes DERP, and still the window’s own connection is down', async () => {
		const { diagnosis } = setUp({ derpLostAtMs: 5 });
		await diagnosis.run();
		expect(firstFailed(diagnosis.legs)).toMatchObject({
			leg: 'derp',
			error: { code: 'derp-unreachable' }
		});
	});

	it('does not probe by a node that has not joined, and drops what comes late', async () => {
		const { asked, diagnosis } = setUp({ phase: { at: 'stopped' } });
		const run = diagnosis.run();
		expect(asked).not.toContain('probe 100.64.0.7');
		diagnosis.dispose();
		await run;
		await settle();
		expect(diagnosis.doneAtMs).toBeNull();
		expect(diagnosis.isRunning).toBe(false);
	});
});
