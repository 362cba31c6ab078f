// A private CA and a certificate of it for loopback, as people use who run their own CA. Made once by openssl and
// kept in the ignored folder. Node; used by tests that stand behind a proxy with TLS.
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { join } from 'node:path';
import { STATE } from './versions';

const DAYS = 365;
/** A kept one that ends sooner is made anew. */
const LEFT_MIN_MS = 30 * 24 * 3600_000;

export interface Certificate {
	/** The CA's, for whom it has to be named to: `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`. */
	readonly caFile: string;
	readonly certFile: string;
	/** The same that has expired. */
	readonly expiredFile: string;
	readonly keyFile: string;
	/** What Chromium takes for trust in it: `--ignore-certificate-errors-spki-list`. */
	readonly spki: string;
}

/** The certificate of `localhost` and 127.0.0.1. @throws Error where openssl is missing or fails */
export function loopbackCertificate(): Certificate {
	const folder = join(STATE, 'tls');
	if (!isGood(folder)) make(folder);
	const certFile = join(folder, 'site.crt');
	const spki = new X509Certificate(readFileSync(certFile)).publicKey.export({
		type: 'spki',
		format: 'der'
	});
	return {
		caFile: join(folder, 'ca.crt'),
		certFile,
		expiredFile: join(folder, 'expired.crt'),
		keyFile: join(folder, 'site.key'),
		spki: createHash('sha256').update(spki).digest('base64')
	};
}

function isGood(folder: string): boolean {
	const certFile = join(folder, 'site.crt');
	if (!existsSync(certFile) || !existsSync(join(folder, 'expired.crt'))) return false;
	const { validTo } = new X509Certificate(readFileSync(certFile));
	return Date.parse(validTo) - Date.now() > LEFT_MIN_MS;
}

/** Whole or not at all: several tests may begin at once. */
function make(folder: string): void {
	mkdirSync(STATE, { recursive: true });
	const part = mkdtempSync(join(STATE, 'tls-'));
	const openssl = (...args: readonly string[]) => {
		const { status, stderr, error } = spawnSync('openssl', args, { cwd: part, encoding: 'utf8' });
		if (status !== 0)
			throw new Error(`openssl ${args.join(' ')} failed: ${error?.message ?? stderr}`);
	};
	const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	const life = ['-days', String(DAYS)];
	openssl(
		'req',
		'-x509',
		...newKey,
		...life,
		'-subj',
		'/CN=Headtab test CA',
		'-keyout',
		'ca.key',
		'-out',
		'ca.crt'
	);
	openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'site.key', '-out', 'site.csr');
	writeFileSync(
		join(part, 'site.ext'),
		'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n'
	);
	const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
	for (const [days, name] of [
		[DAYS, 'site.crt'],
		[-1, 'expired.crt']
	] as const)
		openssl(
			'x509',
			'-req',
			'-in',
			'site.csr',
			...by,
			'-days',
			String(days),
			'-extfile',
			'site.ext',
			'-out',
			name
		);
	// A folder that has ended is moved out of the way; one that another test has just put there stays.
	if (existsSync(folder) && !isGood(folder)) renameSync(folder, `${part}-old`);
	try {
		renameSync(part, folder);
	} catch (cause) {
		if (!isGood(folder)) throw cause;
		rmSync(part, { recursive: true });
	}
	rmSync(`${part}-old`, { recursive: true, force: true });
}
