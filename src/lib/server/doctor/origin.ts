// Checks from the outside in: the public origin leads to this server, its proxy passes WebSockets.
// Server only; used by plan.ts.
import { parseWireError } from '$lib/contracts/app-error';
import { RELAY_PATH } from '$lib/contracts/limits';
import { parseJson } from '../http/fetch';
import { plainText } from '../http/plain';
import { networkReason } from '../http/reason';
import { RelayTargets } from '../relay/targets';
import { failed, notReached, off, ok, sentence, warning, type Finding } from './check';
import { PASS_UPGRADES } from './headscale';
import { PASS_HEADER } from './instance';
import type { Health, Sources } from './sources';
import { tryUpgrade, type UpgradeAnswer } from './upgrade';

const TIMEOUT_MS = 8_000;
const START =
	'Start it (`npm start`, or your service), then run the doctor again; until then nothing before it can be judged.';

/** HEADTAB_ORIGIN leads here (SECURITY D3). */
export async function lookAtOrigin(sources: Sources): Promise<Finding> {
	const { config } = sources;
	const { host } = new URL(config.origin);
	const seen = await sources.origin();
	if (seen.is === 'ours') return ok(`${config.origin} leads to this Headtab.`);
	if (seen.is === 'another')
		return failed(
			`At ${config.origin} answers a Headtab with other session keys.`,
			'Correct HEADTAB_ORIGIN, or give every replica the same HEADTAB_SESSION_KEYS (and run the doctor with them).'
		);
	const what = strangerWords(host, seen);
	if (sources.isServer && seen.is === 'silent')
		return notReached(
			`${sentence(what)} People do reach it, you among them, but this server does not.`,
			'Let the server reach its own origin (hairpin NAT, a DNS entry of its own), or run `npm run doctor` where people are.'
		);
	const local = await sources.local();
	if (local.is !== 'ours')
		return notReached(
			`Headtab does not run at ${sources.localAddress}${local.is === 'silent' ? '' : ' (another service answers there)'}, and ${what}.`,
			START
		);
	if (seen.is === 'stranger' && seen.location !== null)
		return failed(
			`${sentence(what)} This Headtab runs at ${sources.localAddress}.`,
			'Set HEADTAB_ORIGIN to where that redirect leads, if people open Headtab there.'
		);
	return failed(
		`${sentence(what)} This Headtab runs at ${sources.localAddress}.`,
		'Set HEADTAB_ORIGIN to the address that people open (scheme, host and port), or let DNS and proxy lead it here.'
	);
}

function strangerWords(host: string, seen: Exclude<Health, { readonly is: 'ours' | 'another' }>) {
	if (seen.is === 'silent') return networkReason(host, seen.cause);
	if (seen.location !== null) return `${host} sends people on to ${plainText(seen.location, 100)}`;
	if (seen.status >= 502 && seen.status <= 504)
		return `the proxy at ${host} gets no answer from behind it (${String(seen.status)})`;
	return `what answers at ${host} is not this Headtab (${String(seen.status)} at /healthz)`;
}

/** The proxy names the client's address where HEADTAB_ADDRESS_HEADER expects it: pages are refused without. */
export async function lookAtClientAddress(sources: Sources): Promise<Finding> {
	const { addressHeader } = sources.config;
	if (addressHeader === null)
		return off('HEADTAB_ADDRESS_HEADER is not set: limits count by the address of the connection.');
	const { host } = new URL(sources.config.origin);
	const seen = await sources.origin();
	if (seen.is !== 'ours' || seen.facts === null)
		return notReached(`${host} does not pass the doctor’s own header, so nothing was seen.`);
	if (seen.addressLack === null) return ok(`The proxy at ${host} sends ${addressHeader}.`);
	return failed(
		`The proxy at ${host} sends ${plainText(seen.addressLack, 100)}: every page is refused.`,
		'Let the proxy set it (nginx: `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`), or set HEADTAB_ADDRESS_HEADER to the header that it does set; without a proxy unset it.'
	);
}

/** A WebSocket to `/relay/ts2021` comes through the proxy whole (SECURITY D1, D2). */
export async function lookAtControlProxy(sources: Sources): Promise<Finding> {
	return lookThrough(sources, {
		// The proxy must pass the query, too; nobody reads this one.
		path: `${RELAY_PATH}/ts2021?X-Tailscale-Handshake=doctor`,
		protocol: 'tailscale-control-protocol'
	});
}

/** The same to `/relay/derp/REGION`. */
export async function lookAtDerpProxy(sources: Sources): Promise<Finding> {
	const regions = (await sources.facts())?.regions ?? new RelayTargets(sources.config).regions;
	return lookThrough(sources, {
		path: `${RELAY_PATH}/derp/${String(regions[0]?.id ?? 999)}`,
		protocol: 'derp'
	});
}

async function lookThrough(
	{ config, instance }: Sources,
	{ path, protocol }: { readonly path: string; readonly protocol: string }
): Promise<Finding> {
	const { host } = new URL(config.origin);
	const place = `${config.origin}${path.split('?')[0] ?? ''}`;
	let seen: UpgradeAnswer;
	try {
		seen = await tryUpgrade(config.origin + path, {
			protocol,
			headers: { origin: config.origin, [PASS_HEADER]: await instance.pass() },
			timeoutMs: TIMEOUT_MS
		});
	} catch (cause) {
		return failed(
			sentence(networkReason(host, cause)),
			'Look at the proxy’s log: it ended the connection instead of upgrading it.'
		);
	}
	if (seen.status === 101)
		return seen.header('sec-websocket-protocol') === protocol
			? ok(`${place} takes WebSockets.`)
			: failed(
					`${place} upgrades, but its answer has lost Sec-WebSocket-Protocol on the way.`,
					'Remove what hides Sec-WebSocket-Protocol from answers in the proxy.'
				);
	return refusal(place, seen);
}

/** What the door said, or that the request never reached it as an upgrade. */
function refusal(place: string, seen: UpgradeAnswer): Finding {
	const status = String(seen.status);
	switch (seen.header('x-headtab-code')) {
		case 'bad-request': {
			const { reason = 'no reason' } = parseWireError(parseJson(seen.text)).params;
			return failed(
				`An upgrade at ${place} arrives changed: ${plainText(reason)}.`,
				'Let the proxy pass Sec-WebSocket-Protocol and the query unchanged: remove what sets or drops them.'
			);
		}
		case 'origin-refused':
			return failed(
				`An upgrade at ${place} arrives with another Origin than the browser’s.`,
				'Let the proxy pass Origin unchanged.'
			);
		case 'host-refused':
			return failed(
				`An upgrade at ${place} arrives for another Host.`,
				'Let the proxy pass Host; nginx: `proxy_set_header Host $host;` (with a port that is not 443: `$http_host`).'
			);
		case 'session-missing':
			return warning(
				`Upgrades at ${place} arrive, but without the doctor’s own header, so the answer was not seen.`,
				'Let the proxy pass request headers that it does not know, if the panel of a failed tab names it, too.'
			);
		case null:
		case 'not-found':
			if (seen.status >= 502 && seen.status <= 504)
				return failed(
					`The proxy gets no answer for ${place} (${status}).`,
					'Let the proxy pass /relay/ to Headtab, like everything else.'
				);
			return failed(
				`An upgrade at ${place} arrives as a plain request (${status}): the proxy drops Upgrade and Connection.`,
				PASS_UPGRADES
			);
		default:
			return failed(
				`An upgrade at ${place} was refused (${status}, ${seen.header('x-headtab-code') ?? ''}).`,
				'Look at Headtab’s log.'
			);
	}
}
