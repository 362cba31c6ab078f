// What makes the agent the same node after a restart: its keys, in a file of the state folder (0600).
// Server only; used by agent/manager.ts.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '$lib/contracts/parse';
import { writeSafely } from '../state/file';

const FILE = 'agent.json';
const VERSION = 1;

export interface AgentState {
	readonly hostname: string;
	/** null until Headscale's list has shown it. */
	readonly nodeId: string | null;
	/** Go's own; secret. */
	readonly state: string;
}

export class AgentStateFile {
	readonly #path: string;
	#writing: Promise<void> = Promise.resolve();

	constructor(stateDir: string) {
		this.#path = join(stateDir, FILE);
	}

	/** null when there is none, or one of another version or shape: then the agent joins anew. */
	async read(): Promise<AgentState | null> {
		const text = await readFile(this.#path, 'utf8').catch((cause: unknown) => {
			if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
			throw cause;
		});
		return text === null ? null : parseState(text);
	}

	/** Writes are made one after the other. */
	async write(state: AgentState): Promise<void> {
		const text = JSON.stringify({ version: VERSION, ...state });
		const writing = this.#writing.then(() => writeSafely(this.#path, text));
		this.#writing = writing.catch(() => undefined);
		await writing;
	}

	async forget(): Promise<void> {
		await this.#writing;
		await rm(this.#path, { force: true });
	}
}

function parseState(text: string): AgentState | null {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (cause) {
		if (cause instanceof SyntaxError) return null;
		throw cause;
	}
	if (!isRecord(value) || value['version'] !== VERSION) return null;
	const { hostname, nodeId, state } = value;
	if (typeof hostname !== 'string' || typeof state !== 'string' || state === '') return null;
	return { hostname, nodeId: typeof nodeId === 'string' ? nodeId : null, state };
}
