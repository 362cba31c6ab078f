// Whether the way of everybody's windows is open: through whatever stands before this server, by its public origin.
// Server only; relay/departures.ts asks.
import { INSTANCE_HEADER, type Instance } from '../doctor/instance';
import { FetchFault, guardedFetch } from '../http/fetch';
import { isTrustFault } from '../http/reason';

const TIMEOUT_MS = 2_000;
const ANSWER_MAX_BYTES = 64 * 1024;

/** False also where this server does not reach its own origin. */
export async function isWayOpen(
	origin: string,
	instance: Pick<Instance, 'isOurs'>
): Promise<boolean> {
	try {
		const { headers } = await guardedFetch(`${origin}/healthz`, {
			// By a connection of its own, as a window that comes back needs one.
			headers: { connection: 'close' },
			timeoutMs: TIMEOUT_MS,
			maxBytes: ANSWER_MAX_BYTES
		});
		return instance.isOurs(headers.get(INSTANCE_HEADER));
	} catch (cause) {
		if (!(cause instanceof FetchFault)) throw cause;
		// Browsers may trust what this server does not: somebody is there.
		return isTrustFault(cause);
	}
}
