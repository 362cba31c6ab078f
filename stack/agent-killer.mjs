// Loaded into the server by `--import` for tests: SIGUSR2 ends its agent's thread at once, as running out of
// memory would. A thread has no process id that a signal could go to.
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';

if (threads.isMainThread) {
	/** @type {Set<import('node:worker_threads').Worker>} */
	const agents = new Set();
	threads.Worker = class extends threads.Worker {
		/** @param {string | URL} file @param {import('node:worker_threads').WorkerOptions} options */
		constructor(file, options) {
			super(file, options);
			if (options?.name !== 'agent') return;
			agents.add(this);
			this.once('exit', () => agents.delete(this));
		}
	};
	syncBuiltinESMExports();
	process.on('SIGUSR2', () => {
		for (const agent of agents) void agent.terminate();
	});
}
