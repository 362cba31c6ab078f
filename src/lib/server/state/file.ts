// Files that shall survive a crash in the middle of a write, readable by nobody else.
// Server only; used by the agent's state, the list of issued keys, and AppContext at start.
import { readdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const DRAFT = /\.\d+\.new$/;

/** Writes beside the file, to the disk, then over it: a reader finds the old or the new text, whole. */
export async function writeSafely(path: string, text: string): Promise<void> {
	const draft = `${path}.${String(process.pid)}.new`;
	const file = await open(draft, 'w', 0o600);
	try {
		await file.writeFile(text);
		await file.sync();
	} finally {
		await file.close();
	}
	try {
		await rename(draft, path);
	} catch (cause) {
		await rm(draft, { force: true });
		throw cause;
	}
}

/** Removes the drafts of processes that were killed in the middle of a write: nobody would, and they hold secrets.
 *  At start, before anything is written. */
export function dropDrafts(stateDir: string): void {
	for (const name of readdirSync(stateDir))
		if (DRAFT.test(name)) rmSync(join(stateDir, name), { force: true });
}
