// Why a connection was not made, in words for an admin, decided by Node's codes.
// Server only; used by the relay and the doctor.
import { causeCode, FetchFault } from './fetch';

/** Failures of a certificate check (Node's names). */
const CERTIFICATE_CODES =
	/^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Of those the ones that hang on whom one trusts: a browser may take what this server does not. */
const TRUST_CODES = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA)/;

/** Somebody answered with a certificate of an authority that this server does not know. */
export const isTrustFault = (cause: unknown): boolean => TRUST_CODES.test(causeCode(cause));

export const lateReason = (host: string): string => `${host} did not answer in time`;

/** @param host `host` or `host:port` that was dialled */
export function networkReason(host: string, cause: unknown): string {
	const code = causeCode(cause);
	if (code === 'ECONNREFUSED') return `${host} refuses connections`;
	if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name ${host} is not known`;
	if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${host} has expired`;
	if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
		return `the certificate of ${host} is for another name`;
	if (CERTIFICATE_CODES.test(code))
		return `the certificate of ${host} is not trusted (${code}); a private CA is named by NODE_EXTRA_CA_CERTS`;
	if (cause instanceof FetchFault && cause.kind === 'timeout') return lateReason(host);
	if (cause instanceof FetchFault && cause.kind === 'too-large')
		return `${host} answers more than a small answer, so it is another service`;
	if (code === 'EPROTO') return `${host} does not speak TLS there`;
	return `the connection to ${host} failed${code === '' ? '' : ` (${code})`}`;
}
