// ID token → claims that may be believed: signature, issuer, audience, times, nonce.
// Server only; called by oidc/flow.ts. One text for the person, the reason in the log.
import { createHash } from 'node:crypto';
import { jwtVerify, errors, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { AppError } from '$lib/contracts/app-error';
import { CLOCK_SKEW_MAX_S } from '$lib/contracts/limits';
import type { IdentityConfig } from '../config/schema';
import { isEqual } from '../secret';
import type { Identity } from '../session/login-session';

export const TOKEN_MAX_CHARS = 32 * 1024;
const SKEW_S = 60;
const TOKEN_AGE_MAX_S = 600;
const SUB_MAX_BYTES = 255;

export interface IdTokenRules {
	readonly keys: JWTVerifyGetKey;
	readonly issuer: string;
	readonly clientId: string;
	readonly algorithms: readonly string[];
	readonly nonce: string;
	/** Checked against `at_hash` when the token has one. */
	readonly accessToken: string | null;
	/** Our clock less the provider's, by the answer that brought the token; null where it told no time. */
	readonly aheadMs: number | null;
	readonly now: () => number;
}

/** Why a token was refused; for the log. */
export class TokenFault extends Error {
	override readonly name = 'TokenFault';
}

const refuse = (reason: string, cause?: unknown): AppError =>
	AppError.of('oidc-token-invalid', {}, { cause: new TokenFault(reason, { cause }) });

/** Verifies an ID token.
 *  @returns its claims, `sub` included
 *  @throws AppError `oidc-token-invalid` (cause: TokenFault with the reason) | `oidc-clock-skew` |
 *  `oidc-provider-unreachable` */
export async function verifyIdToken(
	token: string,
	rules: IdTokenRules
): Promise<JWTPayload & { readonly sub: string }> {
	if (token.length > TOKEN_MAX_CHARS) throw refuse('token larger than 32 KiB');
	const payload = await verifySignature(token, rules);
	const { sub, aud, azp, at_hash: atHash } = payload;
	if (typeof sub !== 'string' || sub === '' || Buffer.byteLength(sub) > SUB_MAX_BYTES)
		throw refuse('sub is not a text of 1 to 255 bytes');
	// No provider has such ones, and a cookie no room for what they become.
	if (/\p{Cc}/u.test(sub)) throw refuse('sub has control characters');
	if (!isEqual(payload['nonce'], rules.nonce)) throw refuse('nonce is not the one that was sent');
	if ((Array.isArray(aud) && aud.length > 1) || azp !== undefined) {
		if (azp !== rules.clientId) throw refuse('azp is not this client');
	}
	if (atHash !== undefined && rules.accessToken !== null) {
		const alg = tokenAlgorithm(token);
		const hash = createHash(
			/512$|^EdDSA$|^Ed25519$/.test(alg) ? 'sha512' : alg.endsWith('384') ? 'sha384' : 'sha256'
		)
			.update(rules.accessToken, 'ascii')
			.digest();
		if (!isEqual(atHash, hash.subarray(0, hash.length / 2).toString('base64url')))
			throw refuse('at_hash does not belong to the access token');
	}
	return { ...payload, sub };
}

async function verifySignature(token: string, rules: IdTokenRules): Promise<JWTPayload> {
	try {
		const { payload } = await jwtVerify(token, rules.keys, {
			algorithms: [...rules.algorithms],
			issuer: rules.issuer,
			audience: rules.clientId,
			requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
			clockTolerance: SKEW_S,
			maxTokenAge: TOKEN_AGE_MAX_S,
			currentDate: new Date(rules.now())
		});
		return payload;
	} catch (cause) {
		if (cause instanceof errors.JWKSTimeout)
			throw AppError.of(
				'oidc-provider-unreachable',
				{ provider: new URL(rules.issuer).host },
				{ cause }
			);
		const clocks = isOfTime(cause) ? clockFault(rules.aheadMs, cause) : null;
		if (clocks !== null) throw clocks;
		if (cause instanceof errors.JOSEError) throw refuse(`${cause.code}: ${cause.message}`, cause);
		// A key set that could not be fetched, or a key that cannot be used.
		if (cause instanceof Error && cause.name === 'FetchFault')
			throw AppError.of(
				'oidc-provider-unreachable',
				{ provider: new URL(rules.issuer).host },
				{ cause }
			);
		throw refuse('the signature could not be checked', cause);
	}
}

/** Whether a token was refused for its times alone: signature, issuer and audience were right before that. */
const isOfTime = (cause: unknown): cause is errors.JOSEError =>
	cause instanceof errors.JWTExpired ||
	(cause instanceof errors.JWTClaimValidationFailed &&
		cause.reason === 'check_failed' &&
		['iat', 'nbf'].includes(cause.claim));

/** The clocks as the reason; null where they agree, and the token is to blame. */
function clockFault(aheadMs: number | null, cause: errors.JOSEError): AppError | null {
	if (aheadMs === null || Math.abs(aheadMs) <= CLOCK_SKEW_MAX_S * 1000) return null;
	return AppError.of(
		'oidc-clock-skew',
		{
			seconds: String(Math.round(Math.abs(aheadMs) / 1000)),
			direction: aheadMs > 0 ? 'ahead of' : 'behind'
		},
		{ cause: new TokenFault(`${cause.code}: ${cause.message}`, { cause }) }
	);
}

function tokenAlgorithm(token: string): string {
	const header: unknown = JSON.parse(
		Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8')
	);
	return typeof header === 'object' && header !== null && 'alg' in header ? String(header.alg) : '';
}

/** JumpCloud and others send `"true"`. Anything else is not verified. */
export const isVerified = (value: unknown): boolean => value === true || value === 'true';

/** The person of verified claims. */
export function identityOf(
	issuer: string,
	claims: JWTPayload & { readonly sub: string }
): Identity {
	const text = (name: string): string => {
		const value = claims[name];
		return typeof value === 'string' ? value : '';
	};
	return {
		iss: issuer,
		sub: claims.sub,
		name: text('name') || text('preferred_username') || text('email') || claims.sub,
		email: text('email'),
		isEmailVerified: isVerified(claims['email_verified']),
		...(text('sid') === '' ? {} : { providerSid: text('sid') })
	};
}

/** Whether a person may sign in at all. Empty lists leave the decision to Headscale's users.
 *  @throws AppError `oidc-claim-refused` naming the claim */
export function checkAllowed(
	identity: Identity,
	groups: unknown,
	rules: Pick<IdentityConfig, 'allowedDomains' | 'allowedUsers' | 'allowedGroups'>
): void {
	const email = identity.email.toLowerCase();
	if (rules.allowedDomains.length > 0 || rules.allowedUsers.length > 0) {
		const isSubAllowed = rules.allowedUsers.includes(identity.sub.toLowerCase());
		const [, domain, ...more] = email.split('@');
		const isMailAllowed =
			domain !== undefined &&
			more.length === 0 &&
			(rules.allowedDomains.includes(domain) || rules.allowedUsers.includes(email));
		if (!isSubAllowed && isMailAllowed && !identity.isEmailVerified)
			throw AppError.of('oidc-claim-refused', { claim: 'email_verified' });
		if (!isSubAllowed && !isMailAllowed)
			throw AppError.of('oidc-claim-refused', { claim: 'an allowed email' });
	}
	if (rules.allowedGroups.length > 0 && !isInGroup(groups, rules.allowedGroups))
		throw AppError.of('oidc-claim-refused', { claim: 'an allowed group in groups' });
}

/** Whether the `groups` claim, a list or one name, has one of these. */
export const isInGroup = (claim: unknown, groups: readonly string[]): boolean =>
	groupsAmong(claim, groups).length > 0;

/** Those of the `groups` claim that are among these. */
export function groupsAmong(claim: unknown, groups: readonly string[]): readonly string[] {
	const mine: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
	return mine.filter(
		(group): group is string => typeof group === 'string' && groups.includes(group)
	);
}
