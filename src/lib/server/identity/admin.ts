// Who is an admin of this Headtab: by verified email or sub, or by a group at the sign-in.
// Server only; used by http/route.ts and for the session's answer.
import type { Config } from '../config/schema';
import type { LoginSession } from '../session/login-session';

/** The list counts as it is now, a group as it was at the sign-in. Without settings nobody is one. */
export function isAdmin(
	{ identity }: Pick<LoginSession, 'identity'>,
	admins: Config['admins']
): boolean {
	if (identity.isGroupAdmin === true && admins.groups.length > 0) return true;
	if (admins.users.includes(identity.sub.toLowerCase())) return true;
	return identity.isEmailVerified && admins.users.includes(identity.email.toLowerCase());
}
