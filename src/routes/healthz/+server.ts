// GET /healthz: the process lives, and which deployment it belongs to. The doctor, by its pass, is told what
// only the process knows.
import { INSTANCE_HEADER, PASS_HEADER } from '$lib/server/doctor/instance';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute } from '$lib/server/http/route';

export const GET = apiRoute(async ({ locals: { app }, request }) => {
	const isDoctor = await app.instance.isPass(request.headers.get(PASS_HEADER));
	const response = jsonResponse({ status: 'ok', ...(isDoctor ? { facts: app.facts } : {}) });
	response.headers.set(INSTANCE_HEADER, app.instance.id);
	return response;
});
