// Headtab itself, as production runs it: build/main.js with its configuration by environment.
// Node; used by the demo and the tests.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Headscale } from './headscale';
import type { OidcHandle } from './oidc';
import { StackProcess } from './process';
import { ROOT } from './versions';

export interface AppOptions {
	readonly stateDir: string;
	/** Where the server listens on 127.0.0.1. */
	readonly port: number;
	/** Where people reach it: `http://localhost:PORT`, a proxy's address when one stands before it. */
	readonly origin: string;
	readonly headscale: Headscale;
	readonly oidc: OidcHandle;
	readonly client: { readonly id: string; readonly secret: string };
	/** Another build than the one in `build/`. */
	readonly buildDir?: string;
	/** What starts Node, and Node's own options: `['taskset', '-c', '0']`; for the load. */
	readonly before?: readonly string[];
	readonly nodeOptions?: readonly string[];
	/** More settings, or others than the ones above. */
	readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The environment that `startApp` gives the server. */
export function appEnvironment(options: AppOptions): Readonly<Record<string, string | undefined>> {
	const { stateDir, port, origin, headscale, oidc, client } = options;
	mkdirSync(stateDir, { recursive: true });
	// Kept, so that sign-ins survive a restart.
	const keyFile = join(stateDir, 'session-keys');
	if (!existsSync(keyFile)) {
		writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
	}
	return {
		NODE_ENV: 'production',
		HEADTAB_ORIGIN: origin,
		HEADTAB_HOST: '127.0.0.1',
		HEADTAB_PORT: String(port),
		HEADTAB_HEADSCALE_URL: headscale.url,
		HEADTAB_HEADSCALE_API_KEY: headscale.apiKey,
		HEADTAB_OIDC_ISSUER: oidc.issuer,
		HEADTAB_OIDC_CLIENT_ID: client.id,
		HEADTAB_OIDC_CLIENT_SECRET: client.secret,
		HEADTAB_SESSION_KEYS_FILE: keyFile,
		// A second of two cores at each start; whoever is about it turns it on.
		HEADTAB_AGENT: 'off',
		...options.env
	};
}

/** Node's own options of the server, here and in everything that ships its start (decision 0031). */
export const SERVER_OPTIONS: readonly string[] = ['--single-threaded-gc'];

/** Starts the server; it may not answer yet. */
export function launchApp(options: AppOptions): StackProcess {
	const [command, ...args] = [
		...(options.before ?? []),
		process.execPath,
		...SERVER_OPTIONS,
		...(options.nodeOptions ?? []),
		join(options.buildDir ?? join(ROOT, 'build'), 'main.js')
	];
	return new StackProcess({
		name: 'headtab',
		command,
		args,
		env: appEnvironment(options),
		cwd: ROOT,
		logFile: join(options.stateDir, 'headtab.log')
	});
}

/** Starts the server and waits until it answers. @throws Error with its last output. */
export async function startApp(options: AppOptions): Promise<StackProcess> {
	const child = launchApp(options);
	try {
		await child.waitForUrl(appHealth(options));
		return child;
	} catch (cause) {
		await child.stop();
		throw cause;
	}
}

/** Address that answers as soon as the server lives. */
export const appHealth = ({ port }: { readonly port: number }): string =>
	`http://127.0.0.1:${String(port)}/healthz`;

/** Node's options for a server that understands the two below: server-signals.mjs, which knows them too. */
export const WITH_SIGNALS: readonly string[] = [
	'--import',
	pathToFileURL(join(ROOT, 'stack', 'server-signals.mjs')).href
];

/** Ends the agent's thread of a server, as running out of memory would. */
export const killAgent = (app: StackProcess): void => app.signal('SIGUSR2');

/** Has a server collect its garbage: what its heap counts from then on is kept. */
export const collectGarbage = (app: StackProcess): void => app.signal('SIGWINCH');
