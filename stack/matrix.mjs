// `npm run test:matrix`: sets up what is missing, every Headscale included, then runs each deployment on each.
// Plain Node, since it runs before anything is installed. Arguments go to Playwright.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureHeadscales, HEADSCALES } from './headscales.mjs';
import { Progress } from './progress.mjs';
import { ensureBrowser, ensureProxies, ensureStack, explain, ROOT } from './setup.mjs';

try {
	const progress = new Progress();
	await ensureStack(progress);
	await ensureBrowser(progress);
	await ensureProxies(progress);
	await ensureHeadscales(progress, HEADSCALES);
	const playwright = join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js');
	const args = [playwright, 'test', '-c', 'tests/matrix.config.ts', ...process.argv.slice(2)];
	const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
	process.exitCode = await new Promise((resolve) => {
		child.on('exit', (code) => resolve(code ?? 1));
	});
} catch (cause) {
	process.stderr.write(`\n${explain(cause)}\n`);
	process.exitCode = 1;
}
