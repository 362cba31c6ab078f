// A small tailnet for the tests of the Go node: one Headscale, one person, one target with Tailscale
// SSH and one without. No provider and no app: the node goes straight to Headscale.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHeadscale, type Headscale, type HeadscaleOptions } from '../../../stack/headscale';
import { targetLogins } from '../../../stack/linux-login';
import { taggedMachine, type Tailscaled } from '../../../stack/tailscaled';
import { GoThread, type GoThreadOptions } from './go-thread';

/** Everybody may reach and be anyone on the machines with Tailscale SSH. */
export const OPEN_POLICY = `{
	"tagOwners": { "tag:web": ["alice@"], "tag:plain": ["alice@"] },
	"acls": [{ "action": "accept", "src": ["alice@"], "dst": ["tag:web:*", "tag:plain:*"] }],
	"ssh": [{
		"action": "accept", "src": ["alice@"], "dst": ["tag:web"],
		"users": ["autogroup:nonroot", "root"]
	}]
}`;

export class TestTailnet {
	readonly headscale: Headscale;
	readonly web: Tailscaled;
	readonly plain: Tailscaled;
	readonly login = targetLogins().login;
	readonly #aliceId: string;
	readonly #folder: string;
	readonly #threads: GoThread[] = [];
	#count = 0;

	private constructor(parts: { headscale: Headscale; aliceId: string; folder: string }) {
		this.headscale = parts.headscale;
		this.#aliceId = parts.aliceId;
		this.#folder = parts.folder;
		const { headscale, folder } = parts;
		this.web = taggedMachine({ headscale, folder, name: 'web-1', tag: 'tag:web', hasSsh: true });
		this.plain = taggedMachine({
			headscale,
			folder,
			name: 'plain-1',
			tag: 'tag:plain',
			hasSsh: false
		});
	}

	static async start(
		options: Pick<HeadscaleOptions, 'port' | 'stunPort' | 'derpRegions'> = {}
	): Promise<TestTailnet> {
		const folder = mkdtempSync(join(tmpdir(), 'headtab-node-'));
		const headscale = await startHeadscale({ stateDir: join(folder, 'headscale'), ...options });
		const alice = await headscale.createUser({ name: 'alice' });
		await headscale.setPolicy(OPEN_POLICY);
		return new TestTailnet({ headscale, aliceId: alice.id, folder });
	}

	async key(options: { readonly ttlS?: number } = {}): Promise<{ id: string; key: string }> {
		return this.headscale.createPreAuthKey({
			userId: this.#aliceId,
			isEphemeral: true,
			...options
		});
	}

	/** A loaded thread; stopped with the tailnet. */
	async thread(options: GoThreadOptions = {}): Promise<GoThread> {
		const thread = await GoThread.load(options);
		this.#threads.push(thread);
		return thread;
	}

	hostname(): string {
		this.#count += 1;
		return `headtab-test-${String(this.#count)}`;
	}

	/** A node of alice that runs. */
	async node(options: GoThreadOptions = {}): Promise<GoThread> {
		const [thread, { key }] = await Promise.all([this.thread(options), this.key()]);
		await thread.join({
			controlUrl: this.headscale.url,
			preAuthKey: key,
			hostname: this.hostname()
		});
		return thread;
	}

	/** A tailnet whose web-1 runs, a node of alice that sees its Tailscale SSH, and web-1's address. */
	static async withWeb(): Promise<{ tailnet: TestTailnet; node: GoThread; address: string }> {
		const tailnet = await TestTailnet.start();
		try {
			const [node] = await Promise.all([tailnet.node(), tailnet.web.start()]);
			const { addresses } = await node.peer('web-1', (peer) => peer.hasTailscaleSsh);
			return { tailnet, node, address: addresses[0] ?? '' };
		} catch (cause) {
			await tailnet.stop();
			throw cause;
		}
	}

	async stop(): Promise<void> {
		await Promise.all(this.#threads.map((thread) => thread.stop()));
		await Promise.all([this.web.dispose(), this.plain.dispose()]);
		await this.headscale.dispose();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}
