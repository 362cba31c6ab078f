// Loaded into the server by `--import` for tests. SIGUSR2 ends its agent's thread at once, as running out of
// memory would: a thread has no process id that a signal could go to. SIGWINCH collects garbage, so that the heap
// counts what is kept and not what V8 has put off.
import { syncBuiltinESMExports } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
	setFlagsFromString('--expose-gc');
	/** @type {() => void} */
	const collect = runInNewContext('gc');
	process.on('SIGWINCH', () => collect());
}
