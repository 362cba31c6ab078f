// Files that shall survive a crash in the middle of a write, readable by nobody else.
// Server only; used by the agent's state and the list of issued keys.
import { open, rename, rm } from 'node:fs/promises';

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
