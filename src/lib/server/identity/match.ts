// Who signed in → which Headscale user, or why none.
// Server only; called at sign-in and by `POST /api/session/link`. It never creates users.
import { AppError } from '$lib/contracts/app-error';
import type { IdentityConfig } from '../config/schema';
import type { UserWire } from '../headscale/wire';
import { plainText } from '../http/plain';
import type { HeadscaleUser, Identity } from '../session/login-session';
import { providerId } from './provider-id';

/** How a person is named in texts. */
const personText = (identity: Identity): string => {
	const name = plainText(identity.email || identity.name, 100);
	return name === '' || name === identity.sub
		? plainText(identity.sub, 100)
		: `${name} (sub ${plainText(identity.sub, 100)})`;
};

/** Finds the one Headscale user of a person: by providerId, else by the admin's map, else, where
 *  switched on, by a verified email that exactly one local user has.
 *  @throws AppError `identity-no-headscale-user` | `identity-ambiguous` */
export function matchIdentity(
	identity: Identity,
	users: readonly UserWire[],
	rules: Pick<IdentityConfig, 'map' | 'byEmail'>
): HeadscaleUser {
	const person = personText(identity);
	const one = (found: readonly UserWire[], reason: string): HeadscaleUser | null => {
		const [user, second] = found;
		if (second !== undefined) throw AppError.of('identity-ambiguous', { person, reason });
		return user === undefined ? null : { id: user.id, name: user.name };
	};

	const mapped = rules.map.get(identity.sub);
	const id = providerId(identity.iss, identity.sub);
	if (!id.ok && mapped === undefined)
		throw AppError.of('identity-ambiguous', {
			person,
			reason: 'Headscale cannot tell this sub from others'
		});
	const byId = id.ok
		? one(
				users.filter((user) => user.providerId === id.id),
				'two users have the same providerId'
			)
		: null;
	if (byId !== null) return byId;

	if (mapped !== undefined) {
		const byMap = one(
			users.filter((user) =>
				mapped.startsWith('id:') ? user.id === mapped.slice(3) : user.name === mapped
			),
			`two users are called ${plainText(mapped, 60)}`
		);
		if (byMap !== null) return byMap;
		throw AppError.of('identity-no-headscale-user', {
			person,
			claim: `HEADTAB_IDENTITY_MAP, which names ${plainText(mapped, 60)}`
		});
	}

	let claim = `issuer and sub (${id.ok ? plainText(id.id) : ''})`;
	if (rules.byEmail) {
		const email = identity.email.toLowerCase();
		if (email !== '' && identity.isEmailVerified) {
			const byEmail = one(
				users.filter((user) => user.provider !== 'oidc' && user.email.toLowerCase() === email),
				'two local users have this email'
			);
			if (byEmail !== null) return byEmail;
			claim += ', nor by verified email';
		} else claim += '; its email is not verified';
	}
	// A wrong or changed issuer is the usual reason, and hard to see from outside.
	const isElsewhere = users.some(
		(user) => user.providerId !== '' && user.providerId.endsWith(`/${identity.sub}`)
	);
	if (isElsewhere) claim += '; a user has the same sub under another issuer';
	throw AppError.of('identity-no-headscale-user', { person, claim });
}
