// GET /api/admin/windows: who has Headtab open on this server, since when, and how much has passed.
import type { WindowsAnswer } from '$lib/contracts/api';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods, requireAdmin } from '$lib/server/http/route';

export const GET = apiRoute((event) => {
	requireAdmin(event);
	const answer: WindowsAnswer = { windows: event.locals.app.liveWindows() };
	return jsonResponse(answer);
});

export const fallback = otherMethods('GET, HEAD');
