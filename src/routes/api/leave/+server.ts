// POST /api/leave (fetch or sendBeacon): the window closes, so its node is deleted.
import { noContent } from '$lib/server/http/answer';
import { readBody } from '$lib/server/http/body';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	const { hostname } = await readBody(event.request, ['hostname']);
	await event.locals.app.keys.leave(session, hostname);
	return noContent();
});

export const fallback = otherMethods('POST');
