// Dials a relay target for nothing but the reason why it fails.
// Server only; used by `GET /api/relay/check`.
import { toAppError, type AppError } from '$lib/contracts/app-error';
import type { Config } from '../config/schema';
import { probeControl } from '../headscale/capabilities';
import { checkCors } from '../headscale/cors';
import { dialUpstream } from './dial';
import type { RelayTarget } from './targets';

/** Why connections to a target fail; null when they do not.
 *  @param direct the deployment, where windows take that way themselves: browsers ask for more then */
export async function checkTarget(
	target: RelayTarget,
	direct: Config | null = null
): Promise<AppError | null> {
	try {
		const [origin] = target.origins;
		// Tells a release without browser support from a proxy that passes no upgrades.
		if (target.kind === 'control' && origin !== undefined) await probeControl(origin);
		if (target.kind === 'control' && direct !== null) await checkCors(direct);
		const socket = await dialUpstream(target, '');
		socket.terminate();
		return null;
	} catch (cause) {
		return toAppError(cause);
	}
}
