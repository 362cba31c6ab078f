// Headscales that Headtab does not work with: the last release that refuses browsers, for real, and one that
// calls itself older than any that works. An admin learns it at start: by the log, /readyz and the doctor.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReadyAnswer } from '$lib/contracts/api';
import { AppError, report } from '$lib/contracts/app-error';
import { parseDoctorAnswer } from '$lib/contracts/doctor';
import { isRecord } from '$lib/contracts/parse';
import { appEnvironment, startApp, type AppOptions } from '../../../stack/app';
import { REFUSING_HEADSCALE } from '../../../stack/headscales.mjs';
import { freePort } from '../../../stack/ports';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';
import { ROOT } from '../thread-file';
import { RewritingProxy } from './rewriting-proxy';

let folder: string;
let tailnet: Tailnet;
let between: RewritingProxy;

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-unfit-'));
	tailnet = await startTailnet({
		stateDir: join(folder, 'tailnet'),
		appOrigin: 'http://127.0.0.1:1',
		targets: [],
		headscaleVersion: REFUSING_HEADSCALE
	});
	between = await RewritingProxy.start(tailnet.headscale.url);
});
afterAll(async () => {
	await between.stop();
	await tailnet.stop();
	rmSync(folder, { recursive: true });
});

/** What a server says of this Headscale at its start: the line of its log, /readyz, the doctor's check. */
async function whatAnAdminReads(headscaleUrl: string) {
	const port = await freePort();
	const options: AppOptions = {
		stateDir: join(folder, `app-${String(port)}`),
		port,
		origin: `http://127.0.0.1:${String(port)}`,
		headscale: tailnet.headscale,
		oidc: tailnet.oidc,
		client: tailnet.client,
		env: { HEADTAB_HEADSCALE_URL: headscaleUrl }
	};
	const app = await startApp(options);
	try {
		const lines = () =>
			readFileSync(join(options.stateDir, 'headtab.log'), 'utf8')
				.split('\n')
				.filter((line) => line.startsWith('{') && line.endsWith('}'))
				.map((line) => JSON.parse(line) as unknown)
				.filter(isRecord);
		const line = () => lines().find(({ code }) => String(code).startsWith('headscale-'));
		await expect.poll(line).toBeDefined();
		const ready = await fetch(`${options.origin}/readyz`);
		const { checks } = (await ready.json()) as ReadyAnswer;
		const doctor = await new Promise<string>((resolve) => {
			execFile(
				process.execPath,
				[join(ROOT, 'build', 'doctor.js'), '--json'],
				{ env: { PATH: process.env['PATH'], ...appEnvironment(options) }, maxBuffer: 1e7 },
				(_, out) => resolve(out)
			);
		});
		return {
			line: line(),
			status: ready.status,
			check: checks.find(({ name }) => name === 'headscale'),
			doctor: parseDoctorAnswer(JSON.parse(doctor)).checks.find(
				({ id }) => id === 'headscale-version'
			)
		};
	} finally {
		await app.stop();
	}
}

const textsOf = (error: AppError) => {
	const { code, message: msg, remedy } = report(error.toWire());
	return { line: { code, msg, remedy }, check: { isReady: false, code, remedy } };
};

test('[headscale-unsupported] N15 0.29.1 answers 405 to browsers: told at start, with what to do; like Headplane #573', async () => {
	const said = await whatAnAdminReads(tailnet.headscale.url);
	expect(said).toMatchObject({
		status: 503,
		...textsOf(AppError.of('headscale-unsupported')),
		doctor: {
			status: 'failed',
			found: 'Headscale v0.29.1 answers 405 to browsers, as 0.29.0-beta to 0.29.1 do.',
			fix: 'Update Headscale to 0.29.3.'
		}
	});
});

test('[headscale-too-old] a release before 0.28 is told at start, with what to do', async () => {
	between.rewrite = (answer) => {
		if (answer.path === '/version') answer.body = JSON.stringify({ version: 'v0.27.1' });
		if (answer.path === '/ts2021') answer.status = 500;
	};
	const said = await whatAnAdminReads(between.url);
	expect(said).toMatchObject({
		status: 503,
		...textsOf(AppError.of('headscale-too-old', { version: 'v0.27.1' })),
		doctor: {
			status: 'failed',
			found: 'This is Headscale v0.27.1; 0.28.0 is the oldest that works.',
			fix: 'Update Headscale to 0.29.3, one minor version after the other.'
		}
	});
});
