// Which machines' programs may copy to the clipboard: what the person answered when one first asked. Window
// only; it names machines, so signing out forgets it (`meta`). The setting for all machines is in settings.ts.
import { nodeId, nodeName, type NodeId, type NodeName } from '$lib/contracts/ids';
import { isRecord } from '$lib/contracts/parse';
import type { AppDatabase } from './db';

export interface CopyMachine {
	readonly nodeId: NodeId;
	readonly node: NodeName;
}

export interface CopyAnswer extends CopyMachine {
	readonly mayCopy: boolean;
}

/** Answers that are kept; the oldest goes. */
const ANSWERS_MAX = 500;
const KEY = 'program-copy';

export class ProgramCopyStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** @returns null when nobody was asked yet */
	async find(id: NodeId): Promise<boolean | null> {
		const answer = (await this.all()).find((one) => one.nodeId === id);
		return answer === undefined ? null : answer.mayCopy;
	}

	async remember(machine: CopyMachine, mayCopy: boolean): Promise<void> {
		const answer: CopyAnswer = { nodeId: machine.nodeId, node: machine.node, mayCopy };
		await this.#db.update('meta', KEY, (value) =>
			[...parseAnswers(value).filter((one) => one.nodeId !== machine.nodeId), answer].slice(
				-ANSWERS_MAX
			)
		);
	}

	/** The next program is asked about anew. */
	async forget(id: NodeId): Promise<void> {
		await this.#db.update('meta', KEY, (value) => {
			const left = parseAnswers(value).filter((one) => one.nodeId !== id);
			return left.length === 0 ? undefined : left;
		});
	}

	async all(): Promise<readonly CopyAnswer[]> {
		return parseAnswers(await this.#db.get('meta', KEY));
	}
}

function parseAnswers(value: unknown): readonly CopyAnswer[] {
	if (!Array.isArray(value)) return [];
	return value.flatMap((answer: unknown) => {
		if (!isRecord(answer)) return [];
		const { nodeId: id, node, mayCopy } = answer;
		if (typeof id !== 'string' || typeof node !== 'string' || typeof mayCopy !== 'boolean')
			return [];
		return [{ nodeId: nodeId(id), node: nodeName(node), mayCopy }];
	});
}
