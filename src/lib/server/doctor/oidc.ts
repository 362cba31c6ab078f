// Checks of the sign-in provider: its name, our client there, our redirect URI.
// Server only; used by plan.ts.
import { randomBytes } from 'node:crypto';
import { AppError, report } from '$lib/contracts/app-error';
import { OIDC_BODY_MAX_BYTES, OIDC_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { guardedFetch, parseJson } from '../http/fetch';
import { plainText } from '../http/plain';
import { networkReason } from '../http/reason';
import { authenticate } from '../oidc/client-auth';
import { failed, ok, sentence, warning, type Finding } from './check';
import type { Sources } from './sources';

/** Discovery, and the issuer's exact name (SECURITY L1, L2). */
export async function lookAtProvider(sources: Sources): Promise<Finding> {
	const { oidc } = sources.config;
	if (oidc === null)
		return failed(
			'Not one OIDC setting is present, so nobody can sign in.',
			'Set HEADTAB_OIDC_ISSUER, HEADTAB_OIDC_CLIENT_ID and HEADTAB_OIDC_CLIENT_SECRET.'
		);
	try {
		await sources.metadata();
		return ok(`${oidc.issuer} answers and is the issuer.`);
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		if (cause.code === 'oidc-issuer-mismatch')
			return failed(
				cause.message,
				`Set HEADTAB_OIDC_ISSUER to ${cause.params['found'] ?? 'that name'}, letter by letter; Headscale must use the same.`
			);
		const { host } = new URL(oidc.issuer);
		const inner = cause.cause;
		// Ours say what is wrong with the document, others why there is none.
		const reason =
			inner instanceof Error && inner.name === 'Error'
				? `${host}: ${inner.message}`
				: networkReason(host, inner);
		return failed(sentence(reason), report(cause.toWire()).remedy);
	}
}

/** The provider takes our client: a code that nobody was given must fail for the code, not for us. */
export async function lookAtClient(sources: Sources): Promise<Finding> {
	const { oidc, origin } = sources.config;
	const metadata = await sources.metadata();
	if (oidc === null || metadata === null) return failed('Sign-in is not set up.', 'Set it up.');
	const { headers, fields } = authenticate(oidc);
	const answer = await guardedFetch(metadata.tokenEndpoint, {
		method: 'POST',
		headers: {
			...headers,
			'content-type': 'application/x-www-form-urlencoded',
			accept: 'application/json'
		},
		body: new URLSearchParams({
			...fields,
			grant_type: 'authorization_code',
			code: `headtab-doctor-${randomBytes(8).toString('hex')}`,
			redirect_uri: `${origin}/auth/callback`,
			code_verifier: randomBytes(32).toString('base64url')
		}).toString(),
		timeoutMs: OIDC_TIMEOUT_MS,
		maxBytes: OIDC_BODY_MAX_BYTES
	});
	const data = parseJson(answer.text);
	const error = isRecord(data) && typeof data['error'] === 'string' ? data['error'] : '';
	const { host } = new URL(metadata.tokenEndpoint);
	if (error === 'invalid_grant') return ok(`${host} takes this client.`);
	if (error === 'invalid_client' || answer.status === 401)
		return failed(
			`${host} does not take this client: wrong id, wrong secret, or another way of authentication.`,
			'Correct HEADTAB_OIDC_CLIENT_ID, HEADTAB_OIDC_CLIENT_SECRET and HEADTAB_OIDC_CLIENT_AUTH (basic, post or none, as registered there).'
		);
	if (error === 'unauthorized_client')
		return failed(
			`${host} does not let this client use the code flow.`,
			'Allow the authorization code grant for this client at the provider.'
		);
	return warning(
		`Whether ${host} takes this client could not be seen (${String(answer.status)} ${plainText(error, 40)}).`,
		'Sign in once; if that fails, the page says why.'
	);
}

/** The provider sends people back to where we are. */
export async function lookAtRedirect(sources: Sources): Promise<Finding> {
	const { oidc, origin } = sources.config;
	const metadata = await sources.metadata();
	if (oidc === null || metadata === null) return failed('Sign-in is not set up.', 'Set it up.');
	const redirectUri = `${origin}/auth/callback`;
	const url = new URL(metadata.authorizationEndpoint);
	const params = {
		response_type: 'code',
		client_id: oidc.clientId,
		redirect_uri: redirectUri,
		scope: oidc.scopes.join(' '),
		state: randomBytes(16).toString('base64url'),
		nonce: randomBytes(16).toString('base64url'),
		code_challenge: randomBytes(32).toString('base64url'),
		code_challenge_method: 'S256',
		// Nobody is there to sign in: an answer comes at once, at the redirect URI where that is known.
		prompt: 'none'
	};
	for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
	const answer = await guardedFetch(url.href, {
		timeoutMs: OIDC_TIMEOUT_MS,
		maxBytes: OIDC_BODY_MAX_BYTES
	});
	const location = answer.headers.get('location') ?? '';
	if (location.startsWith(`${redirectUri}?`)) return ok(`The provider knows ${redirectUri}.`);
	if (answer.status >= 400 && answer.status < 500)
		return failed(
			`The provider refuses to send people back to ${redirectUri} (${String(answer.status)}).`,
			`Register exactly ${redirectUri} as redirect URI of the client ${oidc.clientId}; if that is not where people open Headtab, correct HEADTAB_ORIGIN.`
		);
	return ok(`Whether the provider knows ${redirectUri} is seen at the first sign-in only.`);
}
