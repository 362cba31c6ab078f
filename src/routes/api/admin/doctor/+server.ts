// GET /api/admin/doctor: every check of the deployment, from this server.
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute, otherMethods, requireAdmin } from '$lib/server/http/route';

export const GET = apiRoute(async (event) => {
	const { identity } = requireAdmin(event);
	const { doctor, doctorRate } = event.locals.app;
	await doctorRate.take(`${identity.iss} ${identity.sub}`);
	return jsonResponse(await doctor.examine());
});

export const fallback = otherMethods('GET, HEAD');
