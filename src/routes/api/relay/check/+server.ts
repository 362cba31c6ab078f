// GET /api/relay/check?target=control|derp-{region}: why a window's WebSocket is refused, as browsers hide it.
// In direct mode the way looked at is the window's own.
import type { RelayCheck } from '$lib/contracts/api';
import { fullReport } from '$lib/contracts/app-error';
import { addressBucket } from '$lib/server/http/address';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';
import { checkTarget } from '$lib/server/relay/check';

export const GET = apiRoute(async (event) => {
	const session = requireSession(event);
	const { app } = event.locals;
	const names = event.url.searchParams.getAll('target');
	const target = app.targets.byName(names.length === 1 ? (names[0] ?? null) : null);
	await app.checkRate.take(addressBucket(event.locals.address));
	const direct = app.config.mode === 'direct' ? app.config : null;
	// In the relay's own order: without room nothing is dialled.
	const error = app.relay.roomError(session, target) ?? (await checkTarget(target, direct));
	const answer: RelayCheck = {
		isReachable: error === null,
		error: error === null ? null : fullReport(error.toWire())
	};
	return jsonResponse(answer);
});

export const fallback = otherMethods('GET, HEAD');
