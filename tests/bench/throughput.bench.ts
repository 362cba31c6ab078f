// Our DERP connection beside upstream's WebSocket wrapper, in turns, on the same machine and tailnet:
// the Go node in Node, Headscale's embedded DERP, a target with Tailscale SSH. And what a tab feels:
// echo, Ctrl-C under full output, the second tab. `npm run bench` prints the table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GoThread, Shell } from '../integration/node/go-thread';
import { TestTailnet } from '../integration/node/tailnet';
import { Figures, quantile, report } from './figures';

const RUNS = 5;
const OUTPUT_BYTES = 8_000_000;
const ECHOES = 100;
const FLOOD_BYTES = 3_000_000;
const PROMPT = 'READY> ';

describe('the DERP connection', () => {
	const figures = new Figures();
	let tailnet: TestTailnet;
	let address: string;
	const nodes: { name: string; node: GoThread }[] = [];

	beforeAll(async () => {
		tailnet = await TestTailnet.start();
		await tailnet.web.start();
		for (const name of ['stock', 'ours']) {
			const node = await tailnet.node({ isStock: name === 'stock' });
			const peer = await node.peer('web-1', (found) => found.hasTailscaleSsh);
			[address = ''] = peer.addresses;
			nodes.push({ name, node });
		}
	});
	afterAll(async () => {
		await tailnet.stop();
		report(figures, null);
	});

	it('brings output, echo and Ctrl-C', async () => {
		for (let run = 0; run < RUNS; run += 1) {
			for (const { name, node } of nodes) {
				const shell = await prompt(node);
				figures.add(`${name}: echo, p50`, 'ms', quantile(await echoes(shell), 0.5));
				figures.add(`${name}: echo, p95`, 'ms', quantile(await echoes(shell), 0.95));
				const before = process.cpuUsage();
				figures.add(`${name}: throughput`, 'MB/s', await throughput(shell));
				const { user, system } = process.cpuUsage(before);
				// Of the whole process; hardly moved by what else the machine does.
				figures.add(`${name}: CPU per MB`, 'ms', (user + system) / 1000 / (OUTPUT_BYTES / 1e6));
				figures.add(`${name}: Ctrl-C under yes → prompt`, 'ms', await interrupt(shell), '≤ 300 ms');
				figures.add(`${name}: second tab → prompt`, 'ms', await secondTab(node), '≤ 250 ms');
				shell.close();
			}
		}
		const ratio = figures.median('ours: throughput') / figures.median('stock: throughput');
		figures.add('throughput, ours ÷ stock', '×', ratio, '≥ 2');
		expect(ratio).toBeGreaterThan(1);
	});

	async function prompt(node: GoThread): Promise<Shell> {
		const shell = node.open({ address, login: tailnet.login });
		await shell.opened();
		shell.type(`PS1='${PROMPT}'; stty -echo; echo set-$((1+1))\n`);
		await shell.until('the prompt', () => (isAtPrompt(shell) ? true : undefined));
		return shell;
	}

	const isAtPrompt = (shell: Shell) => shell.text.endsWith(PROMPT);

	async function echoes(shell: Shell): Promise<readonly number[]> {
		shell.type('stty echo; echo go-$((1+1)); cat > /dev/null\n');
		await shell.output(/go-2\r\n$/);
		const all: number[] = [];
		for (let i = 0; i < ECHOES; i += 1) {
			const before = shell.receivedBytes;
			const start = performance.now();
			shell.type('x');
			await shell.until('an echo', () => (shell.receivedBytes > before ? true : undefined));
			all.push(performance.now() - start);
		}
		shell.type('\x03');
		await shell.until('the prompt', () => (isAtPrompt(shell) ? true : undefined));
		shell.type('stty -echo; clear\n');
		await shell.output(/\[[\d;]*[HJ][^]*READY> $/);
		return all;
	}

	async function throughput(shell: Shell): Promise<number> {
		const before = shell.receivedBytes;
		const start = performance.now();
		shell.type(`head -c ${String(OUTPUT_BYTES)} /dev/zero | tr '\\0' x | fold -w 99\n`);
		await shell.until(
			'all output',
			() => (shell.receivedBytes - before >= OUTPUT_BYTES && isAtPrompt(shell) ? true : undefined),
			120_000
		);
		const took = performance.now() - start;
		shell.takeBytes();
		return OUTPUT_BYTES / 1000 / took;
	}

	async function interrupt(shell: Shell): Promise<number> {
		const before = shell.receivedBytes;
		shell.type('yes\n');
		await shell.until(
			'a flood',
			() => (shell.receivedBytes - before > FLOOD_BYTES ? true : undefined),
			60_000
		);
		const start = performance.now();
		shell.type('\x03');
		await shell.until('the prompt', () => (isAtPrompt(shell) ? true : undefined));
		const took = performance.now() - start;
		shell.takeBytes();
		return took;
	}

	/** While the first one stands. */
	async function secondTab(node: GoThread): Promise<number> {
		const start = performance.now();
		const shell = node.open({ address, login: tailnet.login });
		await shell.until('its first output', () => (shell.receivedBytes > 0 ? true : undefined));
		const took = performance.now() - start;
		shell.close();
		await shell.event('ssh/exit');
		return took;
	}
});
