// The whole tailnet of the demo and the tests: provider, Headscale, people, policy, machines.
// Node; `startTailnet` → handle with stop(). The app is started apart (app.ts).
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Headscale, newSecret } from './headscale';
import { targetLogins } from './linux-login';
import { startOidc, type OidcHandle, type OidcOptions, type OidcPerson } from './oidc';
import { linkPerson } from './people';
import { PlainSsh } from './plain-ssh';
import { freePort } from './ports';
import type { StackProcess } from './process';
import { Tailscaled } from './tailscaled';

export const TARGETS = ['web-1', 'db-1', 'old-1', 'plain-1'] as const;
export type TargetName = (typeof TARGETS)[number];

const TAGS: Readonly<Record<TargetName, string>> = {
	'web-1': 'tag:web',
	'db-1': 'tag:db',
	'old-1': 'tag:db',
	'plain-1': 'tag:plain'
};

/** People who get a Headscale user; carol stays without. */
const LINKED = ['alice', 'bob'];
/** Whom the server's own node belongs to, by the server's default. */
const AGENT_USER = 'headtab-agent';

export interface TailnetOptions {
	/** Everything it keeps lies here. */
	readonly stateDir: string;
	/** Origin of the app, whose callback the provider must know. */
	readonly appOrigin: string;
	/** Others that may stand before it, each with its own app. */
	readonly moreAppOrigins?: readonly string[];
	/** Headscale's `server_url` behind a proxy, and the CA of one with TLS. */
	readonly behind?: { readonly serverUrl: string; readonly caFile?: string };
	/** Starts the provider in another way than in this process. */
	readonly startProvider?: (options: OidcOptions) => Promise<OidcHandle>;
	readonly ports?: { readonly headscale: number; readonly oidc: number };
	/** Who can sign in; the demo's people unless given, of whom alice and bob must be some. */
	readonly people?: readonly OidcPerson[];
	/** Machines to start; all unless given. */
	readonly targets?: readonly TargetName[];
	readonly hasDefaultTuning?: boolean;
	/** Another Headscale than the pinned one, of headscales.mjs: `node stack/headscales.mjs` builds them. */
	readonly headscaleVersion?: string;
	/** Told when a part begins and when it is ready. */
	readonly onStep?: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

export interface Tailnet {
	readonly headscale: Headscale;
	readonly oidc: OidcHandle;
	/** The app's client at the provider. */
	readonly client: { readonly id: string; readonly secret: string };
	readonly targets: Readonly<Record<TargetName, Tailscaled>>;
	/** What answers on port 22 of plain-1. */
	readonly plain: PlainSsh;
	/** Unprivileged Linux account of the machines with Tailscale SSH. */
	readonly login: string;
	/** Resolves when all machines are as they should be: up, or known and offline. */
	readonly machines: Promise<void>;
	/** Every running process, for a caller that watches for crashes. */
	processes(): readonly StackProcess[];
	stop(): Promise<void>;
}

/** Text of a policy in stack/policies, with the machines' Linux account filled in. */
export function policy(name: string): string {
	const file = join(import.meta.dirname, 'policies', `${name}.hujson`);
	return readFileSync(file, 'utf8').replaceAll('"LOGIN"', JSON.stringify(targetLogins().login));
}

/** Starts provider and Headscale and signs the people in; the machines join meanwhile (`machines`).
 *  @throws Error of the part that failed, after the others were stopped. */
export async function startTailnet(options: TailnetOptions): Promise<Tailnet> {
	const { stateDir, appOrigin } = options;
	const step = options.onStep ?? (async (_, work) => work());
	mkdirSync(stateDir, { recursive: true });
	const ports = options.ports ?? { headscale: await freePort(), oidc: await freePort() };
	const origins = [appOrigin, ...(options.moreAppOrigins ?? [])];
	const client = { id: 'headtab', secret: newSecret() };
	const headscaleClient = { id: 'headscale', secret: newSecret() };

	const oidc = await step('OIDC provider', () =>
		(options.startProvider ?? startOidc)({
			port: ports.oidc,
			keyFile: join(stateDir, 'oidc-keys.json'),
			...(options.people === undefined ? {} : { people: options.people }),
			clients: [
				{
					...client,
					redirectUris: origins.map((origin) => `${origin}/auth/callback`),
					postLogoutRedirectUris: origins.flatMap((origin) => [origin, `${origin}/`]),
					backchannelLogoutUri: `${appOrigin}/auth/backchannel-logout`
				},
				{
					...headscaleClient,
					redirectUris: [
						`${options.behind?.serverUrl ?? `http://127.0.0.1:${String(ports.headscale)}`}/oidc/callback`
					]
				}
			]
		})
	);
	const headscale = await Headscale.prepare({
		stateDir: join(stateDir, 'headscale'),
		port: ports.headscale,
		oidc: {
			issuer: oidc.issuer,
			clientId: headscaleClient.id,
			clientSecret: headscaleClient.secret
		},
		...(options.hasDefaultTuning === undefined
			? {}
			: { hasDefaultTuning: options.hasDefaultTuning }),
		...(options.behind === undefined ? {} : { serverUrl: options.behind.serverUrl }),
		...(options.headscaleVersion === undefined ? {} : { version: options.headscaleVersion })
	});
	const target = (name: TargetName) =>
		new Tailscaled({
			name,
			stateDir: join(stateDir, name),
			headscaleUrl: headscale.serverUrl,
			...(options.behind?.caFile === undefined
				? {}
				: { env: { SSL_CERT_FILE: options.behind.caFile } }),
			hasSsh: name !== 'plain-1',
			preAuthKey: async () => {
				// A former node of that name would keep it, and the new one be called web-1-2.
				const former = (await headscale.nodes()).filter(({ givenName }) => givenName === name);
				for (const { id } of former) await headscale.deleteNode(id);
				return (await headscale.createPreAuthKey({ tags: [TAGS[name]] })).key;
			}
		});
	const targets = {
		'web-1': target('web-1'),
		'db-1': target('db-1'),
		'old-1': target('old-1'),
		'plain-1': target('plain-1')
	};
	const plain = new PlainSsh(targets['plain-1'], join(stateDir, 'plain-1'));

	const stop = async () => {
		await Promise.all([plain.stop(), ...TARGETS.map((name) => targets[name].dispose())]);
		await headscale.dispose();
		await oidc.stop();
	};
	try {
		await step('Headscale', () => headscale.start());
		await step('People and policy', async () => {
			for (const login of LINKED) await linkPerson(headscale, { login, issuer: oidc.issuer });
			// The policy names it, and Headscale takes only names that it has.
			await headscale.createUser({ name: AGENT_USER });
			await headscale.setPolicy(policy('demo'));
		});
	} catch (cause) {
		await stop();
		throw cause;
	}

	const wanted = options.targets ?? TARGETS;
	const machines = Promise.all(
		wanted.map((name) =>
			step(name, async () => {
				if (name === 'old-1') {
					await joinOnce(headscale, targets[name]);
					return;
				}
				await targets[name].start();
				if (name === 'plain-1') await plain.serve('normal');
			})
		)
	).then(() => undefined);
	// Whoever waits for the machines learns of their failure; whoever does not must not crash by it.
	machines.catch(() => undefined);

	return {
		headscale,
		oidc,
		client,
		targets,
		plain,
		login: targetLogins().login,
		machines,
		processes: () =>
			[headscale, plain, ...TARGETS.map((name) => targets[name])].flatMap(({ process }) =>
				process === null || process.isStopping ? [] : [process]
			),
		stop
	};
}

/** A machine that has been there and is off now. */
async function joinOnce(headscale: Headscale, target: Tailscaled): Promise<void> {
	const nodes = await headscale.nodes();
	if (nodes.some(({ givenName }) => givenName === target.name)) return;
	await target.start();
	await target.stop();
}
