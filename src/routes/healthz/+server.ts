// GET /healthz: the process lives, and which deployment it belongs to. The doctor, by its pass, is told what
// only the process knows.
import { INSTANCE_HEADER, PASS_HEADER } from '$lib/server/doctor/instance';
import { toldAddress } from '$lib/server/http/address';
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute } from '$lib/server/http/route';

export const GET = apiRoute(async ({ locals: { app }, request }) => {
	const isDoctor = await app.instance.isPass(request.headers.get(PASS_HEADER));
	const header = (name: string) => request.headers.get(name) ?? undefined;
	const response = jsonResponse({
		status: 'ok',
		...(isDoctor ? { facts: app.facts, addressLack: toldAddress(app.config, header).lack } : {})
	});
	response.headers.set(INSTANCE_HEADER, app.instance.id);
	return response;
});
