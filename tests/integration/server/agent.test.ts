// The agent against real Headscale and a real machine: joins, tells the DERP map, probes, comes back as
// the same node, and leaves nothing behind.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startHeadscale, type Headscale } from '../../../stack/headscale';
import { taggedMachine, type Tailscaled } from '../../../stack/tailscaled';
import { JOIN_MS, NODE_OFFLINE_MS } from '../../fixtures/waits';
import { agentParts, agentProgram, type Parts } from './agent-parts';
import { failure } from './stub';

const POLICY = `{
	"tagOwners": { "tag:web": ["alice@"], "tag:headtab": ["alice@"] },
	"acls": [
		{ "action": "accept", "src": ["headtab-agent@", "tag:headtab"], "dst": ["tag:web:22"] }
	],
	"ssh": []
}`;

/** Some calls of Headscale's API on a busy machine. */
const REMOVED_MS = 10_000;

let folder: string;
let headscale: Headscale;
let web: Tailscaled;
let address: string;
let started: Parts[] = [];

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-agent-'));
	headscale = await startHeadscale({ stateDir: join(folder, 'headscale') });
	await headscale.createUser({ name: 'alice' });
	await headscale.createUser({ name: 'headtab-agent' });
	await headscale.setPolicy(POLICY);
	web = taggedMachine({ headscale, folder, name: 'web-1', tag: 'tag:web', hasSsh: true });
	await web.start();
	address = (await web.addresses())[0] ?? '';
});
afterEach(async () => {
	for (const { agent } of started) await agent.stop();
	started = [];
});
afterAll(async () => {
	await web.dispose();
	await headscale.dispose();
	rmSync(folder, { recursive: true });
});

const stateDir = () => mkdtempSync(join(folder, 'state-'));
const make = (options: Omit<Parameters<typeof agentParts>[0], 'headscale'> = {}): Parts => {
	const parts = agentParts({ headscale, ...options });
	started.push(parts);
	return parts;
};
const agentNodes = async () =>
	(await headscale.nodes()).filter(({ name }) => name.startsWith('headtab-agent-'));
const running = ({ agent, lines }: Parts) =>
	vi.waitFor(() => expect(agent.facts.phase.at, lines.join('')).toBe('running'), {
		timeout: JOIN_MS
	});
/** The state file knows its node. */
const kept = (dir: string) =>
	vi.waitFor(() => expect(readFileSync(join(dir, 'agent.json'), 'utf8')).toMatch(/"nodeId":"\d/), {
		timeout: REMOVED_MS
	});
/** No agent's node is left. */
const gone = () =>
	vi.waitFor(async () => expect(await agentNodes()).toEqual([]), { timeout: REMOVED_MS });

describe('an ephemeral agent', () => {
	test('joins as its own user, tells the DERP map, probes by WireGuard, TCP and SSH, and leaves nothing', async () => {
		const parts = make();
		const { agent } = parts;
		const keysBefore = (await headscale.preAuthKeys()).length;
		agent.start(await agentProgram());
		expect(agent.fault?.code).toBe('agent-not-connected');
		await running(parts);
		expect(agent.fault).toBeNull();
		const [node] = await agentNodes();
		expect(node?.user?.name).toBe('headtab-agent');
		expect(node?.preAuthKey?.ephemeral).toBe(true);

		await expect.poll(() => parts.maps.at(-1)?.regions.length, { timeout: REMOVED_MS }).toBe(1);
		expect(parts.maps.at(-1)?.regions[0]).toEqual({
			id: 999,
			code: 'headtab',
			hosts: [headscale.derp.host],
			origins: [headscale.url]
		});
		await expect.poll(() => agent.facts.peers, { timeout: REMOVED_MS }).toBeGreaterThan(0);

		const legs = await agent.probe(address);
		expect(legs.map(({ leg, isOk }) => `${leg} ${String(isOk)}`)).toEqual([
			'wireguard true',
			'tcp true',
			'ssh true'
		]);
		expect(legs[2]?.detail).toMatch(/^SSH-2\.0-Tailscale/);
		await expect.poll(() => agent.facts.health?.lagP99Ms, { timeout: 10_000 }).toBeLessThan(1_000);
		await expect.poll(() => agent.facts.stats?.sysBytes, { timeout: 10_000 }).toBeGreaterThan(0);

		await agent.stop();
		expect(await agentNodes()).toEqual([]);
		expect((await headscale.preAuthKeys()).length).toBe(keysBefore);
		expect(parts.lines.join('')).not.toMatch(/hskey-auth-[A-Za-z0-9]/);
	});

	test('[agent-peer-hidden] an address that it does not see is not dialled', async () => {
		const parts = make();
		parts.agent.start(await agentProgram());
		await running(parts);
		for (const stranger of ['100.64.9.9', '127.0.0.1', '10.0.0.1', 'fd00::1', 'example.com']) {
			const [leg, ...more] = await parts.agent.probe(stranger);
			expect(leg).toMatchObject({ leg: 'wireguard', error: { code: 'agent-peer-hidden' } });
			expect(more).toEqual([]);
		}
	});

	test('[agent-not-connected] J2 a killed thread is up again within 5 s, with a new node and none too many', async () => {
		const parts = make();
		const program = await agentProgram();
		parts.agent.start(program);
		await running(parts);
		const [before] = await agentNodes();
		await program.threads[0]?.terminate();
		await expect.poll(() => parts.agent.facts.phase.at).toBe('waiting');
		expect(parts.agent.fault?.code).toBe('agent-not-connected');
		await expect.poll(() => program.threads.length, { timeout: 5_000 }).toBe(2);
		await running(parts);
		await vi.waitFor(
			async () => {
				const nodes = await agentNodes();
				expect(nodes).toHaveLength(1);
				expect(nodes[0]?.id).not.toBe(before?.id);
			},
			{ timeout: REMOVED_MS }
		);
	});

	test('by a tag, when one is set', async () => {
		const parts = make({ config: { tag: 'tag:headtab' } });
		parts.agent.start(await agentProgram());
		await running(parts);
		expect((await agentNodes())[0]?.tags).toEqual(['tag:headtab']);
		expect((await parts.agent.probe(address)).every(({ isOk }) => isOk)).toBe(true);
	});

	test('its user is made when it is missing, unless that is forbidden', async () => {
		const forbidden = make({ config: { user: 'agent-2', createsUser: false } });
		forbidden.agent.start(await agentProgram());
		await expect
			.poll(() => forbidden.agent.fault?.params['reason'], { timeout: JOIN_MS })
			.toContain('Headscale has no user agent-2');
		await forbidden.agent.stop();
		const parts = make({ config: { user: 'agent-2' } });
		parts.agent.start(await agentProgram());
		await running(parts);
		expect((await agentNodes())[0]?.user?.name).toBe('agent-2');
	});
});

describe('a lasting agent', () => {
	test('J2 is the same node after a restart; its state is readable by nobody else; its key is gone', async () => {
		const dir = stateDir();
		const keysBefore = (await headscale.preAuthKeys()).length;
		const first = make({ config: { isLasting: true }, stateDir: dir });
		first.agent.start(await agentProgram());
		await running(first);
		const file = join(dir, 'agent.json');
		await kept(dir);
		expect(statSync(file).mode & 0o777).toBe(0o600);
		await expect
			.poll(async () => (await headscale.preAuthKeys()).length, { timeout: REMOVED_MS })
			.toBe(keysBefore);
		await first.agent.stop();
		const [before] = await agentNodes();
		expect(before).toBeDefined();

		const second = make({ config: { isLasting: true }, stateDir: dir });
		second.agent.start(await agentProgram());
		await running(second);
		const nodes = await agentNodes();
		expect(nodes.map(({ id }) => id)).toEqual([before?.id]);
		expect((await headscale.preAuthKeys()).length).toBe(keysBefore);
		expect((await second.agent.probe(address)).every(({ isOk }) => isOk)).toBe(true);
		await second.agent.stop();

		// Its name was made by session keys that have been replaced since.
		const sessionKeys = [new Uint8Array(32).fill(10)];
		const third = make({ config: { isLasting: true }, stateDir: dir, sessionKeys });
		third.agent.start(await agentProgram());
		await running(third);
		expect((await agentNodes()).map(({ id }) => id)).toEqual([before?.id]);
		await third.agent.stop();

		// Turned off, it leaves the tailnet.
		const off = make({ config: { isOn: false }, stateDir: dir, sessionKeys });
		off.agent.start(null);
		await gone();
		expect(off.agent.fault?.code).toBe('agent-off');
	});

	test('J1 a node deleted by an admin while it was away: it joins anew', async () => {
		const dir = stateDir();
		const first = make({ config: { isLasting: true }, stateDir: dir });
		first.agent.start(await agentProgram());
		await running(first);
		await kept(dir);
		await first.agent.stop();
		const [before] = await agentNodes();
		await headscale.deleteNode(before?.id ?? '');
		const second = make({ config: { isLasting: true }, stateDir: dir });
		second.agent.start(await agentProgram());
		await expect
			.poll(async () => (await agentNodes()).map(({ id }) => id === before?.id), {
				timeout: 2 * JOIN_MS
			})
			.toEqual([false]);
		await running(second);
		const { agent } = make({ config: { isOn: false }, stateDir: dir });
		await second.agent.stop();
		agent.start(null);
		await gone();
	});

	test('J2 a damaged state file is not trusted: it joins anew', async () => {
		const dir = stateDir();
		writeFileSync(join(dir, 'agent.json'), '{"version":1,"hostname":"headtab-agent-');
		const parts = make({ config: { isLasting: true }, stateDir: dir });
		parts.agent.start(await agentProgram());
		await running(parts);
		await kept(dir);
		await parts.agent.stop();
		const { agent } = make({ config: { isOn: false }, stateDir: dir });
		agent.start(null);
		await gone();
	});
});

describe('J1', () => {
	test('[agent-off] off: says so, and what to set', async () => {
		const { agent } = make({ config: { isOn: false } });
		agent.start(await agentProgram());
		expect(agent.fault?.message).toContain('HEADTAB_AGENT is off');
		expect(await failure(agent.probe(address))).toMatchObject({ code: 'agent-off' });
	});

	test('Headscale away at the start: it joins when that is back', async () => {
		const own = await startHeadscale({ stateDir: join(folder, 'headscale-2') });
		await own.stop();
		const parts = agentParts({ headscale: own });
		started.push(parts);
		parts.agent.start(await agentProgram());
		await expect.poll(() => parts.agent.facts.phase.at, { timeout: JOIN_MS }).toBe('waiting');
		expect(parts.agent.fault?.message).toContain('cannot reach Headscale');
		await own.start();
		await running(parts);
		await parts.agent.stop();
		await own.dispose();
	});
});

describe('what a probe tells apart', () => {
	let server: Server | null = null;
	let parts: Parts;
	beforeAll(async () => {
		parts = agentParts({ headscale });
		parts.agent.start(await agentProgram());
		await running(parts);
	});
	afterAll(async () => {
		await parts.agent.stop();
		server?.close();
	});
	const serve = async (onConnection: (socket: import('node:net').Socket) => void) => {
		server?.close();
		const own = createServer(onConnection);
		server = own;
		await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
		const at = own.address();
		await web.cli('set', '--ssh=false');
		await web.servePort22(typeof at === 'object' && at !== null ? at.port : 0);
	};

	test('[ssh-not-ssh] another service on port 22', async () => {
		await serve((socket) => socket.end('220 mail.example ESMTP\r\n'));
		const legs = await parts.agent.probe(address);
		expect(legs.at(-1)).toMatchObject({
			leg: 'ssh',
			error: { code: 'ssh-not-ssh', params: { banner: '220 mail.example ESMTP' } }
		});
	});

	test('[ssh-timeout] a service that says nothing', async () => {
		await serve(() => undefined);
		const legs = await parts.agent.probe(address);
		expect(legs.at(-1)).toMatchObject({ leg: 'ssh', error: { code: 'ssh-timeout' } });
	});

	test('[tcp-refused] nothing on port 22', async () => {
		await web.servePort22(null);
		const legs = await parts.agent.probe(address);
		expect(legs.map(({ leg }) => leg)).toEqual(['wireguard', 'tcp']);
		expect(legs.at(-1)?.error?.code).toBe('tcp-refused');
	});

	test('[wireguard-timeout] [node-offline] a machine that hangs, then one that is gone', async () => {
		const pid = web.process?.pid ?? 0;
		process.kill(pid, 'SIGSTOP');
		try {
			const [leg] = await parts.agent.probe(address);
			expect(leg).toMatchObject({ leg: 'wireguard', error: { code: 'wireguard-timeout' } });
		} finally {
			process.kill(pid, 'SIGCONT');
		}
		await web.stop();
		await expect
			.poll(async () => (await parts.agent.probe(address))[0]?.error?.code, {
				timeout: 2 * NODE_OFFLINE_MS
			})
			.toBe('node-offline');
	});
});

// Last, as the machine's own connection ends with Headscale, too.
test('J1 Headscale is killed and comes back: the same thread goes on', async () => {
	const parts = make();
	const program = await agentProgram();
	parts.agent.start(program);
	await running(parts);
	await headscale.process?.kill();
	await expect.poll(() => parts.agent.facts.isControlConnected).toBe(false);
	await headscale.start();
	await expect.poll(() => parts.agent.facts.isControlConnected, { timeout: JOIN_MS }).toBe(true);
	expect(program.threads).toHaveLength(1);
});
