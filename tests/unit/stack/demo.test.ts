// The demo's beginning and end: which one runs already, and that an early Ctrl+C leaves nothing running.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { launchApp } from '../../../stack/app';
// Its ending tells it from demo.mjs, which begins as soon as it is imported.
import { runDemo } from '../../../stack/demo.js';
import type { Progress } from '../../../stack/progress.mjs';
import { runningDemo } from '../../../stack/running-demo.mjs';
import { startTailnet, type Tailnet } from '../../../stack/tailnet';

vi.mock('../../../stack/app', () => ({ launchApp: vi.fn(), appHealth: () => '' }));
vi.mock('../../../stack/tailnet', () => ({ startTailnet: vi.fn() }));

let folder: string;
let pidFile: string;
const children: ChildProcess[] = [];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-demo-'));
	pidFile = join(folder, 'pid');
});
afterEach(async () => {
	for (const child of children.splice(0)) {
		child.kill('SIGKILL');
		await once(child, 'exit');
	}
	rmSync(folder, { recursive: true, force: true });
});

/** A process that has printed a line, so that it is what it shall be. */
async function running(...args: readonly string[]): Promise<number> {
	// A process that says when it is up and stays until it is ended, as the app does.
	const script = "console.log('up'); setInterval(() => {}, 1e6)";
	const child = spawn(process.execPath, ['-e', script, ...args], {
		stdio: ['ignore', 'pipe', 'ignore']
	});
	children.push(child);
	if (child.pid === undefined) throw new Error('it did not start');
	await once(child.stdout, 'data');
	return child.pid;
}

describe('a demo that runs already', () => {
	test('is one by its process, not only by a number', async () => {
		const demo = await running('stack/demo.mjs');
		writeFileSync(pidFile, String(demo));
		expect(runningDemo(pidFile)).toBe(demo);
		writeFileSync(pidFile, String(await running('something-else')));
		expect(runningDemo(pidFile)).toBeNull();
	});

	test('is neither this process, nor one that has ended, nor a damaged file', () => {
		expect(runningDemo(pidFile)).toBeNull();
		for (const text of [String(process.pid), '2147483647', '', '0', '-1', 'x']) {
			writeFileSync(pidFile, text);
			expect(runningDemo(pidFile), text).toBeNull();
		}
	});
});

test('Ctrl+C while the tailnet starts: it is stopped, and no app is started after it', async () => {
	const stop = vi.fn(() => Promise.resolve());
	let isThere: (tailnet: Tailnet) => void = () => undefined;
	vi.mocked(startTailnet).mockReturnValue(new Promise((resolve) => (isThere = resolve)));
	const progress = {
		step: (_: string, work: () => unknown) => work(),
		say: () => undefined
	} as unknown as Progress;
	const listeners = process.listeners('SIGHUP');
	const demo = runDemo(progress, folder);
	await expect.poll(() => vi.mocked(startTailnet).mock.calls.length).toBe(1);
	// To the demo alone: the test's own process is to go on.
	for (const listener of process.listeners('SIGHUP'))
		if (!listeners.includes(listener)) listener('SIGHUP');
	await Promise.resolve();
	isThere({ machines: Promise.resolve(), processes: () => [], stop } as unknown as Tailnet);
	expect(await demo).toBe(129);
	expect(stop).toHaveBeenCalledOnce();
	expect(launchApp).not.toHaveBeenCalled();
});
