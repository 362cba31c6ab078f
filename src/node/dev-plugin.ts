// The same guards, headers and relay under `vite dev` that main.ts gives production.
// Node; a Vite plugin. Vite's own needs (inline styles, eval, its WebSocket) loosen the policy here only.
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Plugin } from 'vite';
import { appHandle } from './app-handle';
import { fixedHeaders } from './headers';

export function devServer(): Plugin {
	let isStarted = false;
	return {
		name: 'headtab-dev-server',
		apply: 'serve',
		configureServer(server) {
			const running = async () => {
				const app = appHandle();
				if (app === null || isStarted) return app;
				isStarted = true;
				// The thread is built by the second build only.
				await app.start(join(server.config.root, 'static'), null);
				return app;
			};
			server.middlewares.use((request, response, next) => {
				running().then(async (app) => {
					if (app === null) {
						next();
						return;
					}
					const { origin, isSecure } = app.config;
					const headers = fixedHeaders({ origin, isSecure, connectSources: app.connectSources });
					for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
					if (!(await app.intercept(request, response))) next();
				}, next);
			});
			server.httpServer?.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
				// Vite's own WebSocket announces itself.
				if (request.headers['sec-websocket-protocol']?.startsWith('vite-') === true) return;
				appHandle()
					?.upgrade(request, socket, head, {})
					.catch(() => socket.destroy());
			});
		}
	};
}
