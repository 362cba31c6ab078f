// Starting, watching and ending programs: nothing that the stack starts may outlive it.
import { afterEach, expect, test } from 'vitest';
import { run, StackProcess, waitFor } from '../../../stack/process';

const started: StackProcess[] = [];
const node = (script: string) => {
	const child = new StackProcess({ name: 'part', command: process.execPath, args: ['-e', script] });
	started.push(child);
	return child;
};
afterEach(async () => {
	await Promise.all(started.splice(0).map((child) => child.stop()));
});

const isAlive = (pid: number) => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		// ESRCH: it has ended.
		return false;
	}
};

test('waits for a line, whichever stream it is on, also when it came before', async () => {
	const child = node("console.error('ready at 1'); setInterval(() => {}, 1e6)");
	expect(await child.waitForLine(/ready at \d/)).toBe('ready at 1');
	expect(await child.waitForLine(/ready/)).toBe('ready at 1');
});

test('says what a part printed last when it ends before its line', async () => {
	const child = node("console.log('port taken'); process.exit(3)");
	await expect(child.waitForLine(/ready/)).rejects.toThrow(/part: it ended[^]*port taken/);
	expect(await child.exited).toEqual({ code: 3, signal: null });
	expect(child.isStopping).toBe(false);
});

test('a program that does not exist ends at once, with the reason', async () => {
	const child = new StackProcess({ name: 'nothing', command: '/no/such/program', args: [] });
	await child.exited;
	expect(child.hasExited).toBe(true);
	await expect(child.waitForUrl('http://127.0.0.1:1/')).rejects.toThrow(/nothing: it ended/);
});

test('stop ends a part and what it has started, and may be called twice', async () => {
	const child = node(
		"const c = require('child_process').spawn('sleep', ['1000']); console.log('child ' + c.pid); setInterval(() => {}, 1e6)"
	);
	const pid = Number((await child.waitForLine(/child/)).split(' ')[1]);
	expect(isAlive(pid)).toBe(true);
	await child.stop();
	await child.stop();
	expect(child.isStopping).toBe(true);
	await waitFor(() => !isAlive(pid), { what: 'the end of the child', timeoutMs: 5_000 });
});

test('run returns the output, or fails with it', async () => {
	expect(await run('sh', ['-c', 'echo out'])).toBe('out\n');
	await expect(run('sh', ['-c', 'echo why >&2; exit 4'])).rejects.toThrow(/ended with 4[^]*why/);
});

test('waitFor gives up with what was waited for', async () => {
	await expect(
		waitFor(() => false, {
			what: 'the impossible',
			timeoutMs: 60,
			everyMs: 10,
			detail: () => 'detail'
		})
	).rejects.toThrow(/the impossible: not within 60 ms\ndetail/);
});
