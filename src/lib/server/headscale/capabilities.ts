// What this Headscale can do, found by asking it: whether browsers get through is decided by a probe, what no
// probe shows by its version. Nothing else in Headtab looks at a version (docs/admin/headscale-versions.md).
// Server only; asked at start, by /readyz, the doctor and the relay's check.
import { AppError } from '$lib/contracts/app-error';
import { HEADSCALE_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { guardedFetch, parseJson } from '../http/fetch';
import { plainText } from '../http/plain';

export interface Capabilities {
	/** What it calls itself; `dev` builds say little, and are taken for new enough. */
	readonly version: string;
	/** Why an admin had better update although everything works; null when there is no reason. */
	readonly updateReason: string | null;
}

/** The release that admins are told to update to. */
export const ADVISED_HEADSCALE = '0.29.3';
/** The first minor version whose API and control server fit. */
const OLDEST_MINOR = 28;
const PROBE_MAX_BYTES = 64 * 1024;

/** Asks for `/ts2021` as a browser does, without upgrading: 405 is a release (0.29.0-beta to 0.29.1) or a
 *  proxy that no browser gets through; 404 or a page is not Headscale. Then for its version.
 *  @throws AppError `headscale-unreachable` | `headscale-unsupported` | `headscale-too-old` |
 *  `control-unreachable` */
export async function probeControl(
	url: string,
	timeoutMs = HEADSCALE_TIMEOUT_MS
): Promise<Capabilities> {
	const probe = await ask(`${url}/ts2021`, timeoutMs);
	if (probe.status === 405) throw AppError.of('headscale-unsupported');
	const isHtml = /text\/html/i.test(probe.headers.get('content-type') ?? '');
	if (probe.status === 404 || (probe.status >= 200 && probe.status < 400 && probe.status !== 101))
		throw AppError.of('control-unreachable', {
			reason: `${url}/ts2021 answered ${String(probe.status)}${isHtml ? ' with a web page' : ''}, so this is not Headscale`
		});
	if ([502, 503, 504].includes(probe.status))
		throw AppError.of('control-unreachable', {
			reason: `the proxy in front of Headscale answered ${String(probe.status)}`
		});
	const version = await askVersion(url, timeoutMs);
	const release = releaseOf(version);
	if (release !== null && release.minor < OLDEST_MINOR)
		throw AppError.of('headscale-too-old', { version });
	return { version, updateReason: updateReason(release) };
}

interface Release {
	readonly minor: number;
	readonly patch: number;
}

/** null for what is no release of the 0.x line: a `dev` build, or a version that nobody knows yet. */
function releaseOf(version: string): Release | null {
	const match = /^v?0\.(\d+)\.(\d+)(?:\D|$)/.exec(version);
	return match === null ? null : { minor: Number(match[1]), patch: Number(match[2]) };
}

function updateReason(release: Release | null): string | null {
	if (release?.minor === 28) return '0.28 lets two nodes race for one key';
	if (release?.minor === 29 && release.patch < 3)
		return '0.29.2 keeps nodes of closed windows longer after lost connections';
	return null;
}

/** Whether a release is one of those that answer 405 to browsers, so that no proxy is to blame. */
export const isRefusingRelease = (version: string): boolean => {
	const release = releaseOf(version);
	return release?.minor === 29 && release.patch < 2;
};

/** What it calls itself; `unknown` where it does not say.
 *  @throws AppError `headscale-unreachable` */
export async function askVersion(url: string, timeoutMs = HEADSCALE_TIMEOUT_MS): Promise<string> {
	const answer = parseJson((await ask(`${url}/version`, timeoutMs)).text);
	const name =
		isRecord(answer) && typeof answer['version'] === 'string' ? answer['version'] : 'unknown';
	return plainText(name, 40);
}

async function ask(url: string, timeoutMs: number) {
	try {
		return await guardedFetch(url, { timeoutMs, maxBytes: PROBE_MAX_BYTES });
	} catch (cause) {
		throw AppError.of('headscale-unreachable', {}, { cause });
	}
}
