// The running demo: tailnet and app side by side, until Ctrl+C or until a part of it ends by itself.
// Node; called by demo.mjs once everything is installed and built.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { appHealth, launchApp } from './app';
import { targetLogins } from './linux-login';
import { preferredPort } from './ports';
import type { StackProcess } from './process';
import { bold, dim, duration, type Progress } from './progress.mjs';
import { startTailnet, type Tailnet } from './tailnet';
import { ROOT } from './versions';

/** Where the demo is unless something else is there. */
const PORTS = { app: 4422, headscale: 4423, oidc: 4424 } as const;
type PortName = keyof typeof PORTS;

/** Starts everything, says where it is, and returns the exit code when it has ended. */
export async function runDemo(progress: Progress, stateDir: string): Promise<number> {
	const startedMs = Date.now();
	mkdirSync(stateDir, { recursive: true });
	const pidFile = join(stateDir, 'pid');
	writeFileSync(pidFile, String(process.pid));

	const parts: Parts = { tailnet: null, app: null, isEnding: false };
	const ended = whenToEnd();
	try {
		const ports = await choosePorts(stateDir);
		const starting = start({ parts, progress, stateDir, ports });
		const first = await Promise.race([starting.then(() => null), ended.reason]);
		if (first === null) {
			printPlaces(ports, Date.now() - startedMs);
			const reason = await Promise.race([ended.reason, whenOneEnds(parts)]);
			progress.say(`\n${reason.text}`);
			return reason.code;
		}
		// Parts that are just being started are ended below; their failure by that is no news.
		starting.catch(() => undefined);
		progress.say(`\n${first.text}`);
		return first.code;
	} finally {
		parts.isEnding = true;
		await parts.app?.stop();
		// A tailnet that is just starting is waited for: it takes a second, and then ends in order.
		await (await parts.tailnet?.catch(() => null))?.stop();
		ended.dispose();
		rmSync(pidFile, { force: true });
		progress.say(dim('Everything has ended.'));
	}
}

/** What runs, from the moment it begins to. */
interface Parts {
	tailnet: Promise<Tailnet> | null;
	app: StackProcess | null;
	/** Nothing more is to be started. */
	isEnding: boolean;
}

interface Start {
	readonly parts: Parts;
	readonly progress: Progress;
	readonly stateDir: string;
	readonly ports: Readonly<Record<PortName, number>>;
}

async function start({ parts, progress, stateDir, ports }: Start): Promise<void> {
	const origin = `http://localhost:${String(ports.app)}`;
	parts.tailnet = startTailnet({
		stateDir,
		appOrigin: origin,
		ports,
		onStep: (name, work) => progress.step(name, work)
	});
	const tailnet = await parts.tailnet;
	// Ctrl+C came while it started: an app of now would be stopped by nobody.
	if (parts.isEnding) return;
	await Promise.all([
		tailnet.machines,
		progress.step('Headtab', async () => {
			const { headscale, oidc, client } = tailnet;
			parts.app = launchApp({
				stateDir,
				port: ports.app,
				origin,
				headscale,
				oidc,
				client,
				env: { HEADTAB_AGENT: 'on', HEADTAB_STATE_DIR: stateDir }
			});
			await parts.app.waitForUrl(appHealth({ port: ports.app }));
		})
	]);
}

/** The ports of the last start if they are free, else free ones: Headscale's nodes and the people's
 *  sign-ins remember addresses. */
async function choosePorts(stateDir: string): Promise<Readonly<Record<PortName, number>>> {
	const file = join(stateDir, 'ports.json');
	const kept = existsSync(file)
		? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<PortName, number>>)
		: {};
	const ports = {
		app: await preferredPort(PORTS.app),
		headscale: await preferredPort(kept.headscale ?? PORTS.headscale),
		oidc: await preferredPort(kept.oidc ?? PORTS.oidc)
	};
	writeFileSync(file, JSON.stringify(ports));
	return ports;
}

interface End {
	readonly code: number;
	readonly text: string;
}

/** Ctrl+C, SIGTERM, a closed terminal. A second Ctrl+C does not wait for anything. */
function whenToEnd(): { readonly reason: Promise<End>; readonly dispose: () => void } {
	const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
	let count = 0;
	let listener: (signal: NodeJS.Signals) => void = () => undefined;
	const reason = new Promise<End>((resolve) => {
		listener = (signal) => {
			count += 1;
			const code = signal in codes ? codes[signal as keyof typeof codes] : 1;
			// The exit handler of process.ts kills what still runs.
			if (count > 1) process.exit(code);
			resolve({ code, text: 'Ending …' });
		};
	});
	for (const signal of Object.keys(codes)) process.on(signal, listener);
	return {
		reason,
		dispose: () => {
			for (const signal of Object.keys(codes)) process.off(signal, listener);
		}
	};
}

/** A part that ends by itself ends the demo: half a tailnet only puzzles. */
async function whenOneEnds(parts: Parts): Promise<End> {
	const running = [
		...((await parts.tailnet)?.processes() ?? []),
		...(parts.app === null ? [] : [parts.app])
	];
	return Promise.race(
		running.map(async (part) => {
			const { code, signal } = await part.exited;
			if (part.isStopping) return new Promise<never>(() => undefined);
			return {
				code: 1,
				text: `${part.name} ended by itself (${String(signal ?? code)}). Its last output:\n${part.tail()}\n\nEnding the rest …`
			};
		})
	);
}

function printPlaces(ports: Readonly<Record<PortName, number>>, tookMs: number): void {
	const { login, all, isPrivate } = targetLogins();
	const moved = (Object.keys(PORTS) as PortName[])
		.filter((name) => ports[name] !== PORTS[name])
		.map((name) => `port ${String(PORTS[name])} is taken, ${name} is on ${String(ports[name])}`);
	const accounts = all.map((name) => bold(name)).join(' or ');
	const lines = [
		'',
		...moved.map(dim),
		`${bold(`Open http://localhost:${String(ports.app)}`)}   ${dim(`started in ${duration(tookMs)}`)}`,
		'',
		'Sign in as (the password is the name)',
		`  ${bold('alice')}   may use every machine`,
		`  ${bold('bob')}     sees web-1 only`,
		`  ${bold('carol')}   has no Headscale user yet`,
		'',
		'Machines',
		'  web-1, db-1   Tailscale SSH',
		'  old-1         offline',
		`  plain-1       a plain SSH server: ${bold(login)}, password ${bold('plain')}`,
		'',
		`Linux user: ${accounts}${isPrivate ? dim(' (accounts of the demo machines, not of this one)') : ''}`,
		dim(
			`Headscale http://127.0.0.1:${String(ports.headscale)} · logs in ${relative(process.cwd(), join(ROOT, '.headtab', 'demo'))}`
		),
		dim('Ctrl+C ends everything; `npm run demo -- --reset` starts afresh.'),
		''
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}
