// `npm run health`: whether the server on this machine answers. For a container's health check, which has no curl.
// Node; a program of its own, `node build/health.js`, with the server's settings in its environment.
const TIMEOUT_MS = 4_000;

export {};

const host = process.env['HEADTAB_HOST'] ?? '';
const port = process.env['HEADTAB_PORT'] ?? '';
// What listens everywhere is asked on loopback.
const isEverywhere = host === '' || host === '0.0.0.0' || host === '::';
const address = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
const url = `http://${address}:${port === '' ? '3000' : port}/healthz`;

try {
	const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
	if (!ok) process.stderr.write(`${url} answered ${String(status)}\n`);
	process.exitCode = ok ? 0 : 1;
} catch (cause) {
	process.stderr.write(`${url} does not answer: ${String(cause)}\n`);
	process.exitCode = 1;
}
