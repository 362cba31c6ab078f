// The server entry: HTTP server, headers, guards, kit's handler, WebSocket upgrades → relay, clean end.
// Node; `node build/main.js`. Kit's `init` (in build/handler.js) builds the services first.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { appHandle, type AppHandle } from './app-handle';
import { plainHeaders, secure, type HeaderOptions } from './headers';

/** Slow requests and half-open connections end after these (SECURITY 5, slow-loris). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_MAX_BYTES = 16 * 1024;
/** A keep-alive that outlives a proxy's idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 65_000;
/** Time for open answers, janitor and agent after SIGTERM (and HEADTAB_DRAIN_S). */
const STOP_TIMEOUT_MS = 15_000;
/** EX_CONFIG and EX_UNAVAILABLE of sysexits.h. */
const EXIT_UNAVAILABLE = 69;

type Handler = (
	request: IncomingMessage,
	response: ServerResponse,
	next: () => void
) => void | Promise<void>;

await main();

async function main(): Promise<void> {
	const handler = await loadHandler();
	const app = appHandle();
	if (handler === null || app === null) return;
	// Built beside this file, from agent-thread.ts.
	const thread = new URL('./agent-thread.js', import.meta.url);
	await app.start(
		join(import.meta.dirname, 'client'),
		() => new Worker(thread, { name: 'agent', stdout: false, stderr: false })
	);
	serve(app, handler);
}

/** Kit's handler; null when the configuration is at fault, which has been printed then. */
async function loadHandler(): Promise<Handler | null> {
	// adapter-node builds request URLs from ORIGIN; ours is the one setting for it.
	const origin = process.env['HEADTAB_ORIGIN'];
	if (origin !== undefined && URL.canParse(origin)) process.env['ORIGIN'] = new URL(origin).origin;
	process.env['BODY_SIZE_LIMIT'] = '64K';
	// Made by vite build beside this file; the name is not resolved at build time.
	const file = './handler.js';
	try {
		const { handler } = (await import(/* @vite-ignore */ file)) as { handler: Handler };
		return handler;
	} catch (cause) {
		const fault = cause as { name?: unknown; lines?: unknown; exitCode?: unknown };
		if (fault.name !== 'ConfigFault' || !Array.isArray(fault.lines)) throw cause;
		process.stderr.write(
			`Headtab cannot start: ${String(fault.lines.length)} setting(s) need attention.\n`
		);
		for (const line of fault.lines) process.stderr.write(`  ${String(line)}\n`);
		process.stderr.write('Every setting is described in .env.example.\n');
		process.exitCode = Number(fault.exitCode);
		return null;
	}
}

function serve(app: AppHandle, handler: Handler): void {
	const { config, log } = app;
	const options: HeaderOptions = {
		origin: config.origin,
		isSecure: config.isSecure,
		// Asked for each answer: the agent may learn of another DERP server.
		get connectSources() {
			return app.connectSources;
		}
	};
	const server = createServer({
		maxHeaderSize: HEADERS_MAX_BYTES,
		headersTimeout: HEADERS_TIMEOUT_MS,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_MS,
		connectionsCheckingInterval: 2_000
	});
	server.maxHeadersCount = 100;
	server.on('connection', (socket) => socket.setNoDelay(true));
	serveMetrics(app);
	let isStopping = false;
	server.on('request', (request, response) => {
		secure(response, options);
		// A kept-alive connection would hold the end up, and its next request would meet nobody.
		if (isStopping) response.setHeader('connection', 'close');
		answer(app, handler, request, response).catch((err: unknown) => {
			log.error({ err }, 'request ended without an answer');
			response.destroy();
		});
	});
	server.on('upgrade', (request, socket, head) => {
		app.upgrade(request, socket, head, plainHeaders(options)).catch((err: unknown) => {
			log.error({ err }, 'upgrade ended without an answer');
			socket.destroy();
		});
	});
	server.on('error', (error: NodeJS.ErrnoException) => {
		log.error({ code: error.code, port: config.port }, `cannot listen: ${error.message}`);
		process.exit(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? 78 : EXIT_UNAVAILABLE);
	});
	server.listen(config.port, config.host, () => {
		log.info({ host: config.host, port: config.port, origin: config.origin }, 'Headtab listens');
	});

	const stop = (signal: NodeJS.Signals) => {
		if (isStopping) return;
		isStopping = true;
		log.info({ signal, drainS: config.drainS }, 'Headtab stops');
		app.drain();
		setTimeout(() => {
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			server.closeIdleConnections();
			const end = () => process.exit(0);
			void Promise.all([closed, app.stop()]).then(end, (err: unknown) => {
				log.error({ err }, 'Headtab did not stop in order');
				end();
			});
			setTimeout(() => {
				server.closeAllConnections();
				end();
			}, STOP_TIMEOUT_MS).unref();
		}, config.drainS * 1000);
	};
	process.on('SIGTERM', stop);
	process.on('SIGINT', stop);
}

/** `/metrics` on a port of its own, where one is set; ends with the process. */
function serveMetrics({ config, log, metrics }: AppHandle): void {
	const { port, host } = config.metrics;
	if (port === null) return;
	const server = createServer({ maxHeaderSize: HEADERS_MAX_BYTES }, (request, response) => {
		if (request.url?.split('?')[0] !== '/metrics' || request.method !== 'GET') {
			response.writeHead(404).end();
			return;
		}
		metrics.text().then(
			({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
			(err: unknown) => {
				log.error({ err }, 'metrics');
				response.writeHead(500).end();
			}
		);
	});
	server.on('error', (error: NodeJS.ErrnoException) => {
		log.error({ code: error.code, port }, `cannot listen for metrics: ${error.message}`);
		process.exit(78);
	});
	server.listen(port, host, () => log.info({ host, port }, 'metrics are served'));
	server.unref();
}

async function answer(
	app: AppHandle,
	handler: Handler,
	request: IncomingMessage,
	response: ServerResponse
): Promise<void> {
	if (await app.intercept(request, response)) return;
	await handler(request, response, () => {
		response.statusCode = 404;
		response.end();
	});
}
