// DELETE /api/admin/windows/{id}: ends one window: its connections close, its node is removed.
import { noContent } from '$lib/server/http/answer';
import { apiRoute, otherMethods, requireAdmin } from '$lib/server/http/route';

export const DELETE = apiRoute(async (event) => {
	const admin = requireAdmin(event);
	await event.locals.app.endWindow(admin, event.params['id'] ?? '');
	return noContent();
});

export const fallback = otherMethods('DELETE');
