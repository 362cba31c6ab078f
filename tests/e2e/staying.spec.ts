// Staying connected: what a network, a lid, a restart and a crash do to open shells. A shell whose TCP can
// survive loses and doubles no byte, which a counter that it prints all the while shows; one that cannot
// says so, and is replaced by itself.
import type { Browser, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { picture } from '../fixtures/picture';
import { closeWindows, expect, test, type Stack } from '../fixtures/test';
import { FROZEN_MS, HALF_OPEN_MS, OPEN_SHELL_MS, RESUME_MS } from '../fixtures/waits';
import { freePort } from '../../stack/ports';
import { startProxy, type RecordingProxy } from '../../stack/proxy';
import { connectTrusting, openShell, Shell } from './shell';

// Each mostly waits: spread over the workers, the longest file of all is not what the others wait for in the end.
test.describe.configure({ mode: 'parallel', timeout: 180_000 });

/** A shell that counts, five times a second, onto a cleared screen that holds the whole of it. */
class Counter {
	private constructor(
		readonly shell: Shell,
		readonly count: number
	) {}

	static async start(shell: Shell, count: number): Promise<Counter> {
		await shell.type(
			`stty -echo; printf '\\033[2J\\033[H'; for i in $(seq ${String(count)}); do printf "n$i "; sleep 0.2; done; printf 'the-%s\\n' end`
		);
		const counter = new Counter(shell, count);
		await counter.reaches(3);
		return counter;
	}

	async #text(): Promise<string> {
		// Lines are cut at the edge of the screen, numbers with them.
		return (await this.shell.text()).replaceAll(/\s/g, '');
	}

	async latest(): Promise<number> {
		const numbers = [...(await this.#text()).matchAll(/n(\d+)(?=n|the-end)/g)];
		return Number(numbers.at(-1)?.[1] ?? 0);
	}

	async reaches(number: number, timeout = 20_000): Promise<void> {
		await expect
			.poll(() => this.latest(), { message: `the counter at ${String(number)}`, timeout })
			.toBeGreaterThanOrEqual(number);
	}

	/** Waits for the end; every number must be there once, in order. */
	async isWhole(timeout = RESUME_MS): Promise<void> {
		await expect
			.poll(() => this.#text(), { message: 'the end of the counter', timeout })
			.toContain('the-end');
		const counted = /n1n2.*the-end/.exec(await this.#text())?.[0];
		const wanted = Array.from({ length: this.count }, (_, i) => `n${String(i + 1)}`).join('');
		expect(counted).toBe(`${wanted}the-end`);
	}
}

const held = (shell: Shell) =>
	expect(shell.region).toHaveAttribute('data-held', '', { timeout: 20_000 });
const reachable = (shell: Shell, timeout = RESUME_MS) =>
	expect(shell.region).not.toHaveAttribute('data-held', '', { timeout });
const staysOpen = (shell: Shell) => expect(shell.region).toHaveAttribute('data-phase', 'open');

async function signedInShell(
	signIn: (person: 'alice') => Promise<Page>,
	stack: Stack,
	name = `${stack.login}@web-1`
): Promise<Shell> {
	return openShell(await signIn('alice'), name);
}

/** Round trips of a way with jitter and loss as TCP shows it: now and then a pause of a retransmission. */
const BAD_WAY_MS = [100, 150, 200, 120, 180, 150, 110, 190, 160, 900];

test('N5 a network that changes, is slow, narrow and lossy: no byte is lost or doubled, and the figure is shown', async ({
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	const counter = await Counter.start(shell, 60);
	const { appProxy } = stack;
	let timer: NodeJS.Timeout | undefined;
	try {
		appProxy.cut();
		await counter.reaches(12);
		appProxy.setFaults({ latencyMs: 150, sliceBytes: 100 });
		appProxy.reset();
		await counter.reaches(22, RESUME_MS);
		let turn = 0;
		timer = setInterval(() => {
			// 64 kbit/s.
			appProxy.setFaults({
				latencyMs: BAD_WAY_MS[turn % BAD_WAY_MS.length] ?? 0,
				bytesPerS: 8_000
			});
			turn += 1;
		}, 200);
		appProxy.cut();
		const latency = shell.page.getByRole('button', { name: /^Latency .*\d.*(slow|poor)/i });
		await expect(latency).toBeVisible({ timeout: RESUME_MS });
		await counter.isWhole();
		await staysOpen(shell);
	} finally {
		clearInterval(timer);
		appProxy.setFaults({});
	}
	await staysOpen(shell);
	await shell.run('echo still here');
	expect(await stack.ownNodes()).toHaveLength(1);
});

test('N6 a network that is away for some seconds: held, said so, and what was typed arrives once', async ({
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	const counter = await Counter.start(shell, 60);
	stack.appProxy.pause();
	try {
		await held(shell);
		await expect(shell.region).toContainText('Reconnecting.');
		await picture(shell.page, 'E7-reconnecting');
		await expect(shell.region).toContainText('what you type is sent when the way is back');
		await expect(shell.page.getByRole('contentinfo', { name: 'Status' })).toContainText(
			'Reconnecting'
		);
		await shell.type('echo typed-$((20+2))-once');
		await expect(shell.region).toContainText(/\b([89]|1\d) s/, { timeout: 40_000 });
	} finally {
		stack.appProxy.resume();
	}
	await counter.isWhole();
	await shell.expectText('typed-22-once');
	expect((await shell.text()).split('typed-22-once')).toHaveLength(2);
	await reachable(shell);
	await staysOpen(shell);
});

/** What is open goes silent in both directions, and no side is told. */
async function goesHalfOpen(shell: Shell, proxy: RecordingProxy): Promise<void> {
	await shell.run('echo before');
	proxy.abandon();
	try {
		await shell.type('echo after-$((4+4))');
		// Nothing tells: only that no echo comes.
		await shell.expectText('after-8', HALF_OPEN_MS);
		expect((await shell.text()).split('after-8')).toHaveLength(2);
		await reachable(shell);
		await staysOpen(shell);
	} finally {
		// The browser keeps such connections, too, and would say goodbye over one of them.
		proxy.cut();
	}
}

test('N6 half-open: connections that die without a word are found and dialled anew', async ({
	signIn,
	stack
}) => {
	await goesHalfOpen(await signedInShell(signIn, stack), stack.appProxy);
});

test('N6 half-open between the app server and Headscale: found from the window, too', async ({
	signIn,
	stack
}) => {
	const { port: realPort } = new URL(stack.headscale.url);
	const port = await freePort();
	const proxy = await startProxy({ port, targetPort: Number(realPort) });
	const [through, straight] = [port, realPort].map((at) => `http://127.0.0.1:${String(at)}`);
	try {
		await stack.restartApp(undefined, {
			HEADTAB_HEADSCALE_URL: through,
			// The second is the name that the tailnet knows, and not dialled while the first answers.
			HEADTAB_DERP: `999=${String(through)},999=${String(straight)}`
		});
		const shell = await signedInShell(signIn, stack);
		await goesHalfOpen(shell, proxy);
		// While the server that knows the window still runs.
		await closeWindows(shell.page.context(), stack);
	} finally {
		await stack.restartApp();
		await proxy.stop();
	}
});

test('N2 N6 a minute without network: an idle shell is as it was; a node that was removed meanwhile is replaced by itself', async ({
	signIn,
	stack
}) => {
	const kept = await signedInShell(signIn, stack);
	const [first] = await stack.ownNodes();
	const gone = await signedInShell(signIn, stack, `${stack.login}@db-1`);
	await gone.run('echo in the old shell');
	const second = (await stack.ownNodes()).find(({ id }) => id !== first?.id);
	const keysBefore = await stack.keysIssuedTo('alice');
	stack.appProxy.pause();
	try {
		await held(gone);
		// As Headscale does with an ephemeral node whose window is away.
		await stack.headscale.deleteNode(second?.id ?? '');
		await expect(gone.region).toContainText(/\b(6[5-9]|[7-9]\d|\d{3}) s/, { timeout: 100_000 });
	} finally {
		stack.appProxy.resume();
	}
	await expect(gone.region).toContainText('A new shell since', { timeout: 90_000 });
	await expect(gone.region).toContainText(/removed from the tailnet or has expired/);
	await expect(gone.log).toContainText('in the old shell');
	expect(await stack.keysIssuedTo('alice')).toBe(keysBefore + 1);

	await kept.page.bringToFront();
	await reachable(kept);
	await kept.run('echo as it was');
	await staysOpen(kept);
	await expect(kept.region).not.toContainText('A new shell since');
	const names = (await stack.ownNodes()).map(({ name }) => name);
	expect(names).toHaveLength(2);
	expect(names).toContain(first?.name);
});

/** Stops the processes that run pages and their workers, as a lid stops a laptop. */
async function frozen(browser: Browser, work: () => Promise<void>): Promise<void> {
	const cdp = await browser.newBrowserCDPSession();
	const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
	const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
	expect(renderers.length).toBeGreaterThan(0);
	for (const id of renderers) process.kill(id, 'SIGSTOP');
	try {
		await work();
	} finally {
		for (const id of renderers) process.kill(id, 'SIGCONT');
	}
}

test('N7 N10 a lid that was closed: the shell goes on where it was', async ({
	browser,
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	const counter = await Counter.start(shell, 60);
	await frozen(browser, async () => {
		const startedMs = performance.now();
		await expect
			.poll(() => performance.now() - startedMs, { timeout: FROZEN_MS + 5_000 })
			.toBeGreaterThan(FROZEN_MS / 2);
		// What the server does with a window that is silent for 150 s.
		stack.appProxy.cut();
		await expect
			.poll(() => performance.now() - startedMs, { timeout: FROZEN_MS + 5_000 })
			.toBeGreaterThan(FROZEN_MS);
	});
	await counter.isWhole();
	await shell.run('echo awake');
	await staysOpen(shell);
});

/** Puts the clocks of a window off by so much: of its page and of its workers. Timers go on as they did. */
async function setClock(page: Page, byMs: number): Promise<void> {
	const shift = (by: number): void => {
		const Real = (Reflect.get(globalThis, 'RealDate') as DateConstructor | undefined) ?? Date;
		Reflect.set(globalThis, 'RealDate', Real);
		class Shifted extends Real {
			constructor(...args: readonly unknown[]) {
				super(...((args.length === 0 ? [Real.now() + by] : args) as [number]));
			}
			static override now(): number {
				return Real.now() + by;
			}
		}
		Reflect.set(globalThis, 'Date', Shifted);
	};
	await page.evaluate(shift, byMs);
	for (const worker of page.workers()) await worker.evaluate(shift, byMs);
}

test('N8 the clock jumps a day ahead, then an hour behind: the shell goes on, and nothing is asked for again and again', async ({
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	const before = await stack.ownNodes();
	const keys = await stack.keysIssuedTo('alice');
	const counter = await Counter.start(shell, 60);
	stack.appProxy.forget();
	await setClock(shell.page, 24 * 3600_000);
	await counter.reaches(30, RESUME_MS);
	await setClock(shell.page, -3600_000);
	await counter.isWhole();
	await staysOpen(shell);
	await reachable(shell);
	await shell.run('echo any-time');
	expect((await stack.ownNodes()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
	expect(await stack.keysIssuedTo('alice')).toBe(keys);
	const asked =
		stack.appProxy
			.recorded()
			.toString('latin1')
			.match(/(GET|POST) \/\S* HTTP\/1\.1/g) ?? [];
	expect(asked.length, asked.join('\n')).toBeLessThan(60);
	// A machine that the node has not spoken to yet.
	await openShell(shell.page, `${stack.login}@db-1`);
});

test('N1 N4 Headscale, and the only DERP in it, restarts: held, then on; the same node', async ({
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	const before = await stack.ownNodes();
	const counter = await Counter.start(shell, 80);
	await stack.headscale.stop();
	await held(shell);
	await stack.headscale.start();
	await counter.isWhole(90_000);
	await reachable(shell);
	await staysOpen(shell);
	expect((await stack.ownNodes()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});

test('R10 the app server restarts, then is killed with five windows open: every shell goes on, no node too many', async ({
	signIn,
	stack
}) => {
	const shells: Shell[] = [];
	for (let window = 0; window < 5; window += 1) shells.push(await signedInShell(signIn, stack));
	const nodes = (await stack.ownNodes()).map(({ id }) => id).sort();
	expect(nodes).toHaveLength(5);
	// Keys go to the page in front.
	const counters: Counter[] = [];
	for (const shell of shells) {
		await shell.page.bringToFront();
		counters.push(await Counter.start(shell, 120));
	}
	await stack.restartApp();
	await stack.crashApp();
	for (const shell of shells) await held(shell);
	await stack.restartApp();
	for (const counter of counters) await counter.isWhole(90_000);
	for (const shell of shells) {
		await staysOpen(shell);
		await reachable(shell);
	}
	expect((await stack.ownNodes()).map(({ id }) => id).sort()).toEqual(nodes);
});

test('a target that restarts: its shell says that it is lost, and a new one takes its place', async ({
	signIn,
	stack
}) => {
	const shell = await signedInShell(signIn, stack);
	await shell.run('echo in the first life');
	const target = stack.targets['web-1'];
	await target.stop();
	await expect(shell.region).toHaveAttribute('data-phase', /reconnecting|failed/, {
		timeout: 90_000
	});
	await target.start();
	await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: 90_000 });
	await expect(shell.region).toContainText('A new shell since');
	await expect(shell.log).toContainText('in the first life');
	await shell.run('echo in the second');
	await expect(shell.region).not.toContainText('A new shell since', { timeout: OPEN_SHELL_MS });
});

test('[ssh-connection-lost] a plain sshd that restarts asks for its password again, in the pane with its output', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.plain.login}@plain-1`;
	await connectTrusting(page, name);
	const { region } = Shell.named(page, name);
	const password = region.getByLabel(/password/i);
	const signsIn = async () => {
		await password.fill(stack.plain.password);
		await password.press('Enter');
	};
	await signsIn();
	const shell = await Shell.opened(page, name);
	await shell.run('echo in the first life');

	// Told of the loss only when the new server is there, so that the next attempt meets it.
	stack.appProxy.pause();
	try {
		await stack.plain.serve('normal');
	} finally {
		stack.appProxy.resume();
	}
	await expect(password).toBeFocused({ timeout: RESUME_MS });
	await expect(region).toHaveAttribute('data-phase', 'reconnecting');
	await expect(region).toContainText('plain-1 waits for your answer.');
	await expectNoAxeFaults(page);

	await region.getByRole('button', { name: 'Stop' }).click();
	await expect(region).toHaveAttribute('data-code', 'ssh-connection-lost');
	await expect(password).toHaveCount(0);
	await expect(shell.log).toContainText('in the first life');

	await region.getByRole('button', { name: /Try again/ }).click();
	await expect(password).toBeFocused();
	await region.getByRole('button', { name: 'Stop' }).click();
	await expect(region).toContainText('Stopped. No new shell was opened on plain-1.');
	await page.keyboard.press('Enter');
	await expect(password).toBeFocused();
	await signsIn();
	await expect(region).toHaveAttribute('data-phase', 'open', { timeout: OPEN_SHELL_MS });
	await expect(region).toContainText('A new shell since');
	await expect(page.getByRole('status').filter({ hasText: `${name}, ` })).toContainText(
		'a new shell. The one before was lost'
	);
	await expect(shell.log).toContainText('in the first life');
	await shell.run('echo in the second');
});
