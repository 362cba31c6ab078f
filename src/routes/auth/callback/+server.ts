// GET /auth/callback: back from the provider; a person becomes a login session.
import { auditSub } from '$lib/server/audit/log';
import { addressBucket } from '$lib/server/http/address';
import { loginFailed, seeOther } from '$lib/server/http/login';
import { LoginFlow } from '$lib/server/oidc/flow';
import type { RequestHandler } from './$types';

export const GET: RequestHandler = async (event) => {
	const { app, address, loginSession, requestId } = event.locals;
	const { cookies, sessions } = app;
	// A logout that the provider tells while it and Headscale are asked ends this sign-in, too.
	const beganMs = Date.now();
	try {
		await app.callbackRate.take(addressBucket(address));
		const query = event.url.searchParams;
		const attemptId = LoginFlow.attemptId(query);
		const attemptCookie = attemptId === null ? null : cookies.attemptPrefix + attemptId;
		const sealed = attemptCookie === null ? undefined : event.cookies.get(attemptCookie);
		// An attempt counts once, however it ends.
		if (attemptCookie !== null && sealed !== undefined)
			event.cookies.delete(attemptCookie, cookies.attributes(0));
		// Back button onto a finished sign-in: nothing to say.
		if (attemptCookie !== null && sealed === undefined && loginSession !== null)
			return seeOther('/');

		const { identity, returnTo } = await app.login.flow.finish(query, sealed);
		const link = await app.link(identity, { isFresh: true });
		const isSamePerson =
			loginSession?.identity.iss === identity.iss && loginSession.identity.sub === identity.sub;
		// Signing in again must not end the person's open terminals.
		const former = isSamePerson ? loginSession : null;
		const session = sessions.start(identity, link, former, beganMs);
		if (loginSession !== null && !isSamePerson) {
			// Whoever was signed in before in this browser is not any more: connections and nodes end.
			await app.access.end(loginSession);
		}
		event.cookies.set(
			cookies.session,
			await sessions.seal(session),
			cookies.attributes(app.config.sessionIdleS)
		);
		event.cookies.delete(cookies.fault, cookies.attributes(0));
		app.audit.write('login.ok', true, {
			requestId,
			ip: addressBucket(address),
			sid: session.sid.slice(0, 6),
			sub: auditSub(identity.iss, identity.sub),
			user: session.headscaleUser?.id ?? null
		});
		return seeOther(returnTo);
	} catch (cause) {
		return loginFailed(event, cause);
	}
};
