// POST /api/keys: one pre-auth key and what a node needs to join.
import type { KeyAnswer } from '$lib/contracts/api';
import { AppError } from '$lib/contracts/app-error';
import { jsonResponse } from '$lib/server/http/answer';
import { readBody } from '$lib/server/http/body';
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';

export const POST = apiRoute(async (event) => {
	const session = requireSession(event);
	await readBody(event.request, []);
	const { app, address } = event.locals;
	const issued = await app.keys.issue(session, address).catch(async (cause: unknown) => {
		// Removed since Headscale's users were looked at last: what is open of the person ends now.
		if (cause instanceof AppError && cause.code === 'identity-no-headscale-user')
			await app.access.of(session, 'now');
		throw cause;
	});
	const answer: KeyAnswer = {
		...issued,
		headscaleUrl: app.config.headscalePublicUrl,
		mode: app.config.mode,
		derp: app.targets.regions
	};
	return jsonResponse(answer);
});

export const fallback = otherMethods('POST');
