// Checks of Headscale and DERP: reachable, new enough, named right, its WebSockets, the API key, CORS.
// Server only; used by plan.ts.
import { AppError } from '$lib/contracts/app-error';
import { HEADSCALE_TIMEOUT_MS } from '$lib/contracts/limits';
import type { DerpTarget } from '../config/schema';
import {
	ADVISED_HEADSCALE,
	askVersion,
	isRefusingRelease,
	probeControl
} from '../headscale/capabilities';
import { askCors } from '../headscale/cors';
import { guardedFetch } from '../http/fetch';
import { plainText } from '../http/plain';
import { hostPort } from '../http/host-port';
import { networkReason } from '../http/reason';
import { dialUpstream } from '../relay/dial';
import { RelayTargets, type RelayTarget } from '../relay/targets';
import { count, failed, off, ok, sentence, warning, type Finding } from './check';
import { documentOf, type Sources } from './sources';
import { tryUpgrade } from './upgrade';

const EXPIRY_WARNING_DAYS = 14;
const DAY_MS = 24 * 3600_000;
const PAGE_MAX_BYTES = 256 * 1024;
const DIAL_TIMEOUT_MS = 8_000;
/** Two nginx lines that most deployments lack (SECURITY D1). */
export const PASS_UPGRADES =
	'Let the proxy pass upgrades; nginx: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";`.';
const PASS_PROTOCOL =
	'Let the proxy pass Sec-WebSocket-Protocol unchanged, both ways: remove what sets or hides that header.';

export async function lookAtHeadscale(sources: Sources): Promise<Finding> {
	const url = sources.config.headscaleUrl;
	const { host } = new URL(url);
	const fix = 'Correct HEADTAB_HEADSCALE_URL, or start Headscale and what stands before it.';
	try {
		const answer = await sources.headscaleHealth();
		if (answer.status >= 502 && answer.status <= 504)
			return failed(
				`The proxy at ${host} gets no answer from Headscale (${String(answer.status)}).`,
				'Start Headscale, or correct the address behind that proxy.'
			);
		// `{"status":"pass"}`, or "fail" with a sick database.
		const status = documentOf(answer)?.['status'];
		if (typeof status !== 'string')
			return failed(
				`${url}/health answered ${String(answer.status)} and not as Headscale does.`,
				'Correct HEADTAB_HEADSCALE_URL: another service answers there.'
			);
		return status === 'pass'
			? ok(`${host} answers.`)
			: failed(
					`Headscale says “${plainText(status, 40)}” of itself.`,
					'Look at its database and log.'
				);
	} catch (cause) {
		return failed(sentence(networkReason(host, cause)), fix);
	}
}

/** Browsers get through, and it is new enough. */
export async function lookAtVersion({ config }: Sources): Promise<Finding> {
	try {
		const { version, updateReason } = await probeControl(config.headscaleUrl);
		if (!/\d/.test(version)) return ok(`It calls itself ${version}, and browsers get through.`);
		return ok(
			`Headscale ${version}${updateReason === null ? '' : `; ${ADVISED_HEADSCALE} is advised, as ${updateReason}`}.`
		);
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		const update = `Update Headscale to ${ADVISED_HEADSCALE}`;
		if (cause.code === 'headscale-too-old')
			return failed(cause.message, `${update}, one minor version after the other.`);
		if (cause.code !== 'headscale-unsupported')
			return failed(cause.message, 'Let the proxy pass /ts2021 to Headscale.');
		const version = await askVersion(config.headscaleUrl);
		return isRefusingRelease(version)
			? failed(
					`Headscale ${version} answers 405 to browsers, as 0.29.0-beta to 0.29.1 do.`,
					`${update}.`
				)
			: failed(
					`Headscale ${version} answers 405 to browsers.`,
					`${update}, or let the proxy pass GET /ts2021.`
				);
	}
}

/** By what URL Headscale calls itself: it names its DERP server and its links by that. Its page for
 *  Windows shows it. */
export async function lookAtServerUrl(sources: Sources): Promise<Finding> {
	const { config } = sources;
	const page = await guardedFetch(`${config.headscaleUrl}/windows`, {
		timeoutMs: HEADSCALE_TIMEOUT_MS,
		maxBytes: PAGE_MAX_BYTES
	});
	const text = /--login-server[ =](https?:\/\/[^\s<"'&]+)/.exec(page.text)?.[1];
	if (text === undefined || !URL.canParse(text))
		return warning(
			'By what server_url Headscale calls itself could not be seen: its page /windows does not say.',
			'Look at server_url in its configuration; it must be the URL of HEADTAB_HEADSCALE_URL, or one that HEADTAB_DERP names.'
		);
	const announced = new URL(text).origin;
	if (announced === config.headscalePublicUrl) return ok(`Headscale calls itself ${announced}.`);
	const facts = await sources.facts();
	const known = [...new RelayTargets(config).regions, ...(facts?.regions ?? [])].flatMap(
		({ hosts }) => hosts
	);
	if (known.includes(hostPort(announced)))
		return ok(`Headscale calls itself ${announced}, which the relay knows as a DERP server.`);
	const found = `Headscale’s server_url is ${announced}, but people reach it at ${config.headscalePublicUrl}`;
	const fix = `Set server_url in Headscale’s configuration to ${config.headscalePublicUrl}; or, if it is right, HEADTAB_HEADSCALE_PUBLIC_URL to ${announced}`;
	return (await sources.hasEmbeddedDerp())
		? failed(
				`${found}: windows are sent to a DERP server that the relay does not know.`,
				`${fix}, or name it: HEADTAB_DERP=999=${announced}.`
			)
		: warning(`${found}: links that Headscale makes lead elsewhere.`, `${fix}.`);
}

/** The control WebSocket, dialled as the relay does. */
export async function lookAtControl({ config }: Sources): Promise<Finding> {
	const target = new RelayTargets(config).byName('control');
	const reason = await dialFault(target);
	return reason === null
		? ok(`${config.headscaleUrl}/ts2021 takes WebSockets.`)
		: failed(sentence(reason.found), reason.fix);
}

/** The DERP WebSocket of each server of each region that the relay serves. */
export async function lookAtDerp(sources: Sources): Promise<Finding> {
	const { config } = sources;
	const facts = config.isDerpSet ? null : await sources.facts();
	const regions: readonly { readonly id: number; readonly origins: readonly string[] }[] =
		facts?.regions ?? byRegion(config.derp);
	if (regions.length === 0)
		return failed('No DERP region is known.', 'Name the tailnet’s regions in HEADTAB_DERP.');
	const results = await Promise.all(
		regions.flatMap(({ id, origins }) =>
			origins.map(async (origin) => ({
				id,
				origin,
				reason: await dialFault({
					kind: 'derp',
					name: `derp-${String(id)}`,
					region: id,
					origins: [origin],
					path: '/derp',
					protocol: 'derp'
				})
			}))
		)
	);
	const bad = results.flatMap(({ id, reason }) => (reason === null ? [] : [{ id, ...reason }]));
	const [first] = bad;
	const ids = regions.map(({ id }) => String(id)).join(', ');
	if (first === undefined)
		return ok(`${count(regions.length, 'region')} (${ids}): every server takes WebSockets.`);
	return failed(
		bad.map(({ id, found }) => sentence(`region ${String(id)}: ${found}`)).join(' '),
		first.fix
	);
}

function byRegion(derp: readonly DerpTarget[]) {
	const ids = [...new Set(derp.map(({ region }) => region))];
	return ids.map((id) => ({
		id,
		origins: derp.filter(({ region }) => region === id).map(({ origin }) => origin)
	}));
}

/** Why the relay could not dial, and what to do. */
async function dialFault(target: RelayTarget): Promise<{ found: string; fix: string } | null> {
	try {
		(await dialUpstream(target, '', DIAL_TIMEOUT_MS)).terminate();
		return null;
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		const [origin = ''] = target.origins;
		const { host } = new URL(origin);
		// The relay's words do not tell a refusal of the upgrade from one of the protocol.
		const seen = await tryUpgrade(origin + target.path, {
			protocol: target.protocol,
			timeoutMs: DIAL_TIMEOUT_MS
		}).catch(() => null);
		const reason = cause.params['reason'] ?? cause.message;
		if (seen === null)
			return {
				found: reason,
				fix:
					target.kind === 'derp'
						? 'Correct host and port of the DERP server in HEADTAB_DERP (embedded: those of server_url), or start it.'
						: 'Correct HEADTAB_HEADSCALE_URL, or start Headscale and what stands before it.'
			};
		if (seen.status === 101)
			return {
				found: `${host} upgrades, but not to ${target.protocol}: the proxy before it drops Sec-WebSocket-Protocol`,
				fix: PASS_PROTOCOL
			};
		if (seen.status === 404)
			return {
				found: `${host} has no ${target.path} (404)`,
				fix:
					target.kind === 'derp'
						? 'Turn on Headscale’s DERP server (derp.server.enabled), or name the tailnet’s regions in HEADTAB_DERP.'
						: 'Correct HEADTAB_HEADSCALE_URL: another service answers there.'
			};
		// What Headscale itself answers to a request that asks for no upgrade.
		if (seen.status === (target.kind === 'control' ? 500 : 426))
			return {
				found: `an upgrade at ${host}${target.path} arrives as a plain request (${String(seen.status)}): the proxy before Headscale drops Upgrade and Connection`,
				fix: PASS_UPGRADES
			};
		return { found: reason, fix: PASS_UPGRADES };
	}
}

/** The API key works, and for how long (E13). */
export async function lookAtApiKey({ config, headscale, now }: Sources): Promise<Finding> {
	const make =
		'Make a new one with `headscale apikeys create --expiration 90d` and set HEADTAB_HEADSCALE_API_KEY';
	try {
		await headscale.users({ isFresh: true });
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		return cause.code === 'headscale-key-refused'
			? failed(
					'Headscale refuses the API key: it is not one of this Headscale’s, has expired or was revoked.',
					`${make}.`
				)
			: failed(cause.message, 'Look at Headscale’s log, and at what stands before /api.');
	}
	let expiresAtMs: number;
	try {
		const key = config.headscaleApiKey.reveal();
		const own = (await headscale.apiKeys()).find(
			({ prefix }) => prefix.length > 14 && key.startsWith(prefix.replace(/\*+$/, ''))
		);
		if (own === undefined)
			return ok('It works; Headscale does not list it, so its end is not known.');
		({ expiresAtMs } = own);
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		return ok('It works; when it expires, Headscale does not tell.');
	}
	if (Number.isNaN(expiresAtMs)) return ok('It works and does not expire.');
	const days = Math.floor((expiresAtMs - now()) / DAY_MS);
	const date = new Date(expiresAtMs).toISOString().slice(0, 10);
	return days < EXPIRY_WARNING_DAYS
		? warning(
				`It works, but expires in ${count(days, 'day')}, on ${date}.`,
				`${make} before that day.`
			)
		: ok(`It works until ${date}.`);
}

/** In direct mode windows ask Headscale for its key across origins (SECURITY D6). */
export async function lookAtCors({ config }: Sources): Promise<Finding> {
	if (config.mode === 'relay')
		return off('Not needed: windows reach Headscale through this origin.');
	if (config.headscalePublicUrl === config.origin)
		return off('Not needed: Headscale and Headtab have one origin.');
	const { host } = new URL(config.headscalePublicUrl);
	const set = `Let the proxy before Headscale set Access-Control-Allow-Origin to ${config.origin}, in place of any other, and answer OPTIONS (docs/admin/proxies.md)`;
	const { fault, allowed, preflight } = await askCors(config);
	if (fault !== null)
		return failed(
			`${host} ${fault}: browsers hide its answer.`,
			`${set}${allowed?.includes(',') === true ? ': Headscale’s own value must go' : ''}; or set HEADTAB_MODE=relay, which needs none of it.`
		);
	if (preflight !== null)
		return warning(
			`${host} allows this origin, but answers OPTIONS with ${String(preflight)}.`,
			`${set}.`
		);
	return ok(`${host} allows ${allowed === '*' ? 'every origin' : 'this origin'}.`);
}
