// A whole examination: the configuration, then the plan.
// Server only; used by doctor.ts (in the server) and by the command (src/node/doctor.ts).
import type { DoctorAnswer, DoctorCheck } from '$lib/contracts/doctor';
import { ConfigFault, loadConfig, type Environment } from '../config/load';
import type { Config } from '../config/schema';
import { makeLogger, makeRedactor } from '../log';
import { count, sentence } from './check';
import { PLAN } from './plan';
import { runChecks, type RunOptions } from './run';
import { Sources, type SourcesOptions } from './sources';

const WHERE = '.env.example describes every setting.';

export interface CommandOptions
	extends
		Pick<RunOptions<Sources>, 'onBegin' | 'onEnd' | 'timeoutMs'>,
		Pick<SourcesOptions, 'clientDirectory' | 'now'> {
	readonly env: Environment;
}

/** Examines a deployment from the outside, by its settings. */
export async function examineEnvironment(
	options: CommandOptions
): Promise<{ readonly answer: DoctorAnswer; readonly isConfigured: boolean }> {
	const { env, now, clientDirectory } = options;
	// Faulty settings may be secrets, too, of which no Config knows.
	const values = Object.entries(env)
		.filter(([name]) => /^HEADTAB_.*(KEY|KEYS|SECRET|TOKEN|REDIS_URL)$/.test(name))
		.map(([, value]) => value?.trim() ?? '');
	let config: Config | null = null;
	let checks: readonly DoctorCheck[];
	try {
		config = loadConfig(env);
		checks = configured(config);
	} catch (cause) {
		if (!(cause instanceof ConfigFault)) throw cause;
		checks = misconfigured(cause);
	}
	const redact = makeRedactor([
		...values,
		...(config?.secrets.map((secret) => secret.reveal()) ?? [])
	]);
	const clean = checks.map((check) => ({ ...check, found: redact(check.found) }));
	for (const check of clean) options.onEnd?.(check);
	const rest = await runChecks({
		...options,
		checks: PLAN,
		parts:
			config === null
				? null
				: new Sources({
						config,
						clientDirectory,
						log: makeLogger({ level: 'silent', secrets: config.secrets }),
						now,
						ownFacts: null
					}),
		redact
	});
	return {
		answer: { checks: [...clean, ...rest], atMs: now() },
		isConfigured: config !== null
	};
}

/** Examines the deployment of a running server, from within. */
export async function examineServer(options: SourcesOptions): Promise<DoctorAnswer> {
	const { config, now } = options;
	const checks = await runChecks({
		checks: PLAN,
		parts: new Sources(options),
		redact: makeRedactor(config.secrets.map((secret) => secret.reveal()))
	});
	return { checks: [...configured(config), ...checks], atMs: now() };
}

function configured({ warnings }: Config): readonly DoctorCheck[] {
	const whole = { id: 'configuration', title: 'Configuration', ms: 0 };
	if (warnings.length === 0)
		return [{ ...whole, status: 'ok', found: 'Every setting can be read.', fix: null }];
	return [
		{
			...whole,
			status: 'warning',
			found: `It can be read; ${count(warnings.length, 'setting')} looked odd.`,
			fix: 'Look at each of the next lines.'
		},
		...warnings.map((text) => {
			const [setting = '', ...rest] = text.split(': ');
			return settingCheck('warning', setting, sentence(rest.join(': ')));
		})
	];
}

function misconfigured(fault: ConfigFault): readonly DoctorCheck[] {
	return [
		{
			id: 'configuration',
			title: 'Configuration',
			status: 'failed',
			found: `${count(fault.problems.length, 'setting')} cannot work, so the server does not start.`,
			fix: 'Correct each of the next lines.',
			ms: 0
		},
		...fault.problems.map(({ setting, problem }) =>
			settingCheck('failed', setting, `It ${problem}.`)
		)
	];
}

function settingCheck(status: 'failed' | 'warning', setting: string, found: string): DoctorCheck {
	return {
		id: `setting-${setting
			.replace(/^HEADTAB_/, '')
			.toLowerCase()
			.replaceAll('_', '-')}`,
		title: setting,
		status,
		found,
		fix: `Correct ${setting}; ${WHERE}`,
		ms: 0
	};
}
