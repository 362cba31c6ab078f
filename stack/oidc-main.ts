// The provider as a program of its own, for tests that end it as a crash does: `tsx stack/oidc-main.ts FILE`,
// with its OidcOptions as JSON in FILE. Node; started by oidc-process.ts, which waits for its line.
import { readFileSync } from 'node:fs';
import { startOidc, type OidcOptions } from './oidc';

const [file = ''] = process.argv.slice(2);
const read = (): OidcOptions => JSON.parse(readFileSync(file, 'utf8')) as OidcOptions;

const provider = await startOidc(read());
process.on('SIGHUP', () => {
	for (const client of read().clients) provider.addClient(client);
});
process.on('SIGTERM', () => {
	void provider.stop().then(() => process.exit(0));
});
process.stdout.write(`provider answers as ${provider.issuer}\n`);
