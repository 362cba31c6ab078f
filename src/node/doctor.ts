// `npm run doctor`: examines a deployment from its configuration to the DERP WebSocket and prints what to fix.
// Node; a program of its own, `node build/doctor.js`, with the server's settings in its environment.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DoctorCheck } from '$lib/contracts/doctor';
import { examineEnvironment } from '$lib/server/doctor/examine';
import { Printer } from './doctor-print';

/** EX_USAGE and EX_CONFIG of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const HELP = `Usage: npm run doctor -- [options]

Examines this deployment with the settings of the environment, and says what to fix.

  --env-file FILE  reads settings from a file first (.env)
  --json           prints one JSON document instead
  --strict         warnings count as failures
  --help           prints this

Exit code: 0 nothing failed, 1 something did, 78 the configuration is at fault.
`;

process.exitCode = await main();

async function main(): Promise<number> {
	let values;
	try {
		({ values } = parseArgs({
			options: {
				'env-file': { type: 'string' },
				json: { type: 'boolean', default: false },
				strict: { type: 'boolean', default: false },
				help: { type: 'boolean', default: false }
			}
		}));
		if (values['env-file'] !== undefined) process.loadEnvFile(values['env-file']);
	} catch (cause) {
		process.stderr.write(`${cause instanceof Error ? cause.message : 'wrong use'}\n\n${HELP}`);
		return EXIT_USAGE;
	}
	if (values.help) {
		process.stdout.write(HELP);
		return 0;
	}
	const printer = values.json ? null : new Printer(process.stdout);
	const build = join(import.meta.dirname, 'client');
	const { answer, isConfigured } = await examineEnvironment({
		env: process.env,
		clientDirectory: existsSync(build) ? build : null,
		now: Date.now,
		onBegin: (check) => printer?.begin(check),
		onEnd: (check) => printer?.end(check)
	});
	if (printer === null) await write(`${JSON.stringify(answer, null, '\t')}\n`);
	else printer.finish(answer.checks);
	if (!isConfigured) return EXIT_CONFIG;
	return answer.checks.some((check) => isBad(check, values.strict)) ? 1 : 0;
}

function isBad({ status }: DoctorCheck, isStrict: boolean): boolean {
	return status === 'failed' || (isStrict && status === 'warning');
}

/** A pipe may take only a part at once. */
function write(text: string): Promise<void> {
	return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
