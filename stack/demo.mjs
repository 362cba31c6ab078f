// `npm run demo`: the whole of Headtab on loopback, from nothing. Plain Node, since it runs before
// anything is installed: sets up what is missing, then hands over to demo.ts.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Progress } from './progress.mjs';
import { runningDemo } from './running-demo.mjs';
import { ensureStack, explain, ROOT } from './setup.mjs';

const STATE = join(ROOT, '.headtab', 'demo');
const USAGE = `npm run demo               start the demo tailnet and the app on loopback
npm run demo -- --reset    forget the demo tailnet (users, machines, keys) first
`;

const options = process.argv.slice(2);
const unknown = options.filter((option) => option !== '--reset');
if (unknown.length > 0) {
	process.stdout.write(USAGE);
	process.exit(unknown.every((option) => option === '--help' || option === '-h') ? 0 : 64);
}

// While things are built there is nothing to end in order.
const quit = (signal) => {
	process.stdout.write('\n');
	process.exit(signal === 'SIGINT' ? 130 : 143);
};
process.on('SIGINT', quit);
process.on('SIGTERM', quit);

try {
	const running = runningDemo(join(STATE, 'pid'));
	if (running !== null) {
		process.stderr.write(`The demo runs already, as process ${running}. End that one first.\n`);
		process.exit(1);
	}
	if (options.includes('--reset')) rmSync(STATE, { recursive: true, force: true });
	const progress = new Progress();
	await ensureStack(progress);
	const { runDemo } = await importDemo();
	process.off('SIGINT', quit);
	process.off('SIGTERM', quit);
	process.exitCode = await runDemo(progress, STATE);
} catch (cause) {
	process.stderr.write(`\n${explain(cause)}\n`);
	process.exitCode = 1;
}

/** Loads the TypeScript part, in this same process: one process to end. */
async function importDemo() {
	const { register } = await import('tsx/esm/api');
	register();
	// oidc-provider warns of every Node but the newest while it loads; the tests run it on this one.
	const { warn } = console;
	console.warn = (text, ...rest) => {
		if (!String(text).includes('Unsupported runtime')) warn(text, ...rest);
	};
	const demo = await import('./demo.ts');
	console.warn = warn;
	return demo;
}
