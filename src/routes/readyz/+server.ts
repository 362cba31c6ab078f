// GET /readyz: each dependency, its state, its error code; 503 unless all are ready.
import { jsonResponse } from '$lib/server/http/answer';
import { apiRoute } from '$lib/server/http/route';

export const GET = apiRoute(async (event) => {
	const answer = await event.locals.app.readiness.answer();
	return jsonResponse(answer, answer.isReady ? 200 : 503);
});
