// Caddy or nginx from the very files that deploy/ ships, on loopback with TLS. Node; used by the tests of
// deployments.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from './certificates';
import { StackProcess, waitFor } from './process';
import { findProxy } from './setup.mjs';
import { ROOT } from './versions';

export const PROXIES = ['caddy', 'nginx'] as const;
export type ProxyName = (typeof PROXIES)[number];
export const LAYOUTS = ['same-origin', 'two-origins'] as const;
export type Layout = (typeof LAYOUTS)[number];

export interface ReverseProxyOptions {
	readonly proxy: ProxyName;
	readonly layout: Layout;
	/** Ports of localhost; in `same-origin` both are Headscale's. */
	readonly ports: { readonly headscale: number; readonly headtab: number };
	readonly upstreams: { readonly headscale: number; readonly headtab: number };
	readonly certificate: Certificate;
	readonly stateDir: string;
	/** Changes what the shipped file says before it is used: a deployment that lacks something. */
	readonly change?: (text: string) => string;
}

/** Starts it and waits until it listens.
 *  @throws Error with its last output; SetupFault-like where the program is not installed */
export async function startReverseProxy(options: ReverseProxyOptions): Promise<StackProcess> {
	const { proxy, stateDir } = options;
	const command = findProxy(proxy);
	if (command === null)
		throw new Error(`${proxy} is missing: run \`node stack/setup.mjs --all\` as root.`);
	mkdirSync(stateDir, { recursive: true });
	const child = new StackProcess({
		name: proxy,
		command,
		...(proxy === 'caddy' ? caddy(options) : nginx(options)),
		logFile: join(stateDir, `${proxy}.log`)
	});
	const { headscale, headtab } = options.ports;
	try {
		for (const port of new Set([headscale, headtab]))
			await waitFor(
				async () => {
					if (child.hasExited) throw new Error(`${proxy} ended:\n${child.tail()}`);
					return accepts(port);
				},
				{ what: `${proxy} at port ${String(port)}`, detail: () => child.tail() }
			);
	} catch (cause) {
		await child.stop();
		throw cause;
	}
	return child;
}

function shipped({ layout, change }: ReverseProxyOptions, path: string): string {
	const text = readFileSync(join(ROOT, 'deploy', path.replace('LAYOUT', layout)), 'utf8');
	const changed = change?.(text) ?? text;
	if (change !== undefined && changed === text) throw new Error(`nothing changed in ${path}`);
	return changed;
}

function caddy(options: ReverseProxyOptions) {
	const { ports, upstreams, certificate, stateDir } = options;
	const file = join(stateDir, 'Caddyfile');
	writeFileSync(file, shipped(options, 'caddy/LAYOUT.Caddyfile'));
	const at = (port: number) => `https://localhost:${String(port)}`;
	return {
		args: ['run', '--config', file, '--adapter', 'caddyfile'],
		env: {
			SITE: at(ports.headscale),
			HEADSCALE_SITE: at(ports.headscale),
			HEADTAB_SITE: at(ports.headtab),
			HEADSCALE_UPSTREAM: `127.0.0.1:${String(upstreams.headscale)}`,
			HEADTAB_UPSTREAM: `127.0.0.1:${String(upstreams.headtab)}`,
			CADDY_TLS: `tls ${certificate.certFile} ${certificate.keyFile}`,
			// Nothing of this machine's: no port 2019, no port 80, no CA installed.
			CADDY_OPTIONS: '{\n\tadmin off\n\tauto_https disable_redirects\n}',
			XDG_DATA_HOME: stateDir,
			XDG_CONFIG_HOME: stateDir
		}
	};
}

function nginx(options: ReverseProxyOptions) {
	const { ports, upstreams, certificate, stateDir } = options;
	const values: Readonly<Record<string, string>> = {
		SITE_HOST: 'localhost',
		SITE_PORT: String(ports.headscale),
		HEADTAB_HOST: 'localhost',
		HEADTAB_PORT: String(ports.headtab),
		HEADTAB_SITE: `https://localhost:${String(ports.headtab)}`,
		HEADSCALE_HOST: 'localhost',
		HEADSCALE_PORT: String(ports.headscale),
		TLS_CERT: certificate.certFile,
		TLS_KEY: certificate.keyFile,
		HEADSCALE_UPSTREAM: `127.0.0.1:${String(upstreams.headscale)}`,
		HEADTAB_UPSTREAM: `127.0.0.1:${String(upstreams.headtab)}`
	};
	// As envsubst does with a list of names.
	const site = shipped(options, 'nginx/LAYOUT.conf.template').replace(
		/\$\{([A-Z_]+)\}/g,
		(whole, name: string) => values[name] ?? whole
	);
	writeFileSync(join(stateDir, 'site.conf'), site);
	const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((name) => `\t${name}_temp_path ${join(stateDir, name)};`)
		.join('\n');
	const file = join(stateDir, 'nginx.conf');
	// What Debian's own nginx.conf is around a site.
	writeFileSync(
		file,
		`daemon off;\nworker_processes 1;\npid ${join(stateDir, 'nginx.pid')};\nerror_log stderr;\nevents {}\nhttp {\n${temporary}\n\taccess_log off;\n\tinclude ${join(stateDir, 'site.conf')};\n}\n`
	);
	return { args: ['-c', file, '-p', stateDir, '-e', 'stderr'], env: {} };
}

function accepts(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		const end = (isOpen: boolean) => {
			socket.destroy();
			resolve(isOpen);
		};
		socket.once('connect', () => end(true));
		socket.once('error', () => end(false));
	});
}
