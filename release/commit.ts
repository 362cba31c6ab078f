// The commit that the sources are. Node; used by finish.ts and contents.ts.
import { execFileSync } from 'node:child_process';

/** @returns null where there is no clone, no git, or something that is not committed */
export function cleanCommit(root: string): string | null {
	const git = (...args: readonly string[]): string =>
		execFileSync('git', ['-C', root, ...args], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore']
		}).trim();
	try {
		return git('status', '--porcelain') === '' ? git('rev-parse', 'HEAD') : null;
	} catch {
		// An archive of the sources says nothing of where it came from.
		return null;
	}
}
