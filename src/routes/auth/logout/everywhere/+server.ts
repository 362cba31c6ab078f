// POST /auth/logout/everywhere: ends every sign-in of the person, in whichever browser. Answers where to go next.
import { apiRoute, otherMethods, requireSession } from '$lib/server/http/route';
import { signOut } from '$lib/server/http/sign-out';

export const POST = apiRoute((event) => {
	const session = requireSession(event);
	const { access } = event.locals.app;
	return signOut(event, session, 'logout.everywhere', () => access.endEverywhere(session));
});

export const fallback = otherMethods('POST');
