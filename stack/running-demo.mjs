// Whether a demo runs already: by its pid file, and by what that process is. Plain Node, as demo.mjs.
import { existsSync, readFileSync } from 'node:fs';

/** Process id of a demo of this clone that still lives; null without one. The file of a killed demo stays, and
 *  its number is given to others: in a container, after a restart, often to this very process. */
export function runningDemo(pidFile) {
	if (!existsSync(pidFile)) return null;
	const pid = Number(readFileSync(pidFile, 'utf8'));
	if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
	return isAlive(pid) && isDemo(pid) ? pid : null;
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		// It was killed before it could remove its file.
		return false;
	}
}

/** Where the system does not say what a process runs, the number has to do. */
function isDemo(pid) {
	if (!existsSync('/proc/self/cmdline')) return true;
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('demo.mjs');
	} catch {
		// It ended just now.
		return false;
	}
}
