// Says early, in the log, what a person would otherwise meet: an admin who has just started the server reads it.
// Server only; called by AppContext at its start, which does not wait for it.
import { report, toAppError } from '$lib/contracts/app-error';
import type { Config } from './config/schema';
import { probeControl } from './headscale/capabilities';
import type { HeadscaleClient } from './headscale/client';
import { checkCors } from './headscale/cors';
import type { Logger } from './log';
import type { OidcProvider } from './oidc/provider';

/** Asks Headscale and the provider once. Never fails. */
export async function greet(parts: {
	readonly config: Config;
	readonly headscale: HeadscaleClient;
	readonly provider: OidcProvider | null;
	readonly log: Logger;
}): Promise<void> {
	const { config, headscale, provider, log } = parts;
	try {
		const { version, updateReason } = await probeControl(headscale.url);
		log.info({ version, ...(updateReason === null ? {} : { updateReason }) }, 'Headscale answers');
		await headscale.users();
		if (config.mode === 'direct') await checkCors(config);
	} catch (cause) {
		const error = toAppError(cause);
		const { code, id, params, message } = error;
		log.warn({ code, id, params, remedy: report(error).remedy }, message);
	}
	// Its own log line tells the rest.
	await provider?.metadata().catch(() => undefined);
}
