// POST /api/alive: whether the node of a running window is still in Headscale.
import { noContent } from '$lib/server/http/answer';
import { readBody } from '$lib/server/http/body';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	const { hostname } = await readBody(event.request, ['hostname']);
	await event.locals.app.keys.alive(session, hostname);
	return noContent();
});

export const fallback = otherMethods('POST');
