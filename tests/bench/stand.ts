// The demo's real stack for benches that look through a browser: a tailnet with web-1, the app, and where
// bytes are counted a proxy before it. Node; each bench starts one and stops it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { startApp } from '../../stack/app';
import { freePort } from '../../stack/ports';
import { startTailnet, type Tailnet } from '../../stack/tailnet';
import { enterLogin } from '../fixtures/provider';

export interface Stand {
	readonly origin: string;
	/** Where the app itself listens: the origin's port, or the one behind it. */
	readonly appPort: number;
	readonly stateDir: string;
	readonly tailnet: Tailnet;
	/** `USER@web-1`. */
	readonly webName: string;
	stop(): Promise<void>;
}

export interface StandOptions {
	/** Headscale waits as it does by default; quicker otherwise. */
	readonly hasDefaultTuning?: boolean;
	/** The origin's port is left to a proxy. */
	readonly hasProxy?: boolean;
}

/** Starts all but the proxy; the machine may still be joining. */
export async function startStand(options: StandOptions = {}): Promise<Stand> {
	const stateDir = mkdtempSync(join(tmpdir(), 'headtab-bench-'));
	const port = await freePort();
	const appPort = options.hasProxy === true ? await freePort() : port;
	const origin = `http://localhost:${String(port)}`;
	const tailnet = await startTailnet({
		stateDir,
		appOrigin: origin,
		targets: ['web-1'],
		hasDefaultTuning: options.hasDefaultTuning ?? false
	});
	const { headscale, oidc, client } = tailnet;
	const dir = join(stateDir, 'app');
	const app = await startApp({ stateDir: dir, port: appPort, origin, headscale, oidc, client });
	return {
		origin,
		appPort,
		stateDir,
		tailnet,
		webName: `${tailnet.login}@web-1`,
		async stop() {
			await app.stop();
			await tailnet.stop();
			rmSync(stateDir, { recursive: true, force: true });
		}
	};
}

/** From the app's first page through the provider and back. */
export async function signIn(page: Page, { origin }: Pick<Stand, 'origin'>): Promise<void> {
	await page.goto(origin);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await enterLogin(page, 'alice');
}
