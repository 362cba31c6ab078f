// Numbers for monitors, as Prometheus text. What happens is counted by the audit trail's events, what is so is
// asked when somebody reads. Labels come from short fixed lists only; nothing here names a person.
// Server only; AppContext makes the one.
import { readdir, stat } from 'node:fs/promises';
import { Counter, Gauge, Histogram, collectDefaultMetrics, Registry } from 'prom-client';
import { isErrorCode } from '$lib/contracts/errors';
import type { AgentFacts } from '../agent/manager';
import type { Audit, AuditEvent, AuditFields } from '../audit/log';
import type { RoundReport } from '../janitor/sweep';
import type { Relay } from '../relay/upgrade';

/** Seconds; a sign-in's provider and Headscale's bcrypt are the slow ones. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const OPEN_DESCRIPTORS = 'process_open_fds';

export interface MetricsOptions {
	readonly version: string;
	readonly relay: Pick<Relay, 'count' | 'movedBytes' | 'windows'>;
	readonly agent: { readonly facts: AgentFacts };
	/** Also numbers of the process itself; off in tests, as they start observers. */
	readonly hasProcess: boolean;
}

export class Metrics {
	readonly #registry = new Registry();
	readonly #logins = this.#counter('logins_total', 'Sign-ins that ended.', ['result']);
	readonly #keys = this.#counter('keys_total', 'Pre-auth keys.', ['result']);
	readonly #nodes = this.#counter('nodes_removed_total', 'Nodes removed from Headscale.', ['by']);
	readonly #errors = this.#counter('errors_total', 'Failures that were told, by code.', ['code']);
	readonly #opened = this.#counter('relay_opened_total', 'Relayed connections.', ['kind']);
	readonly #closed = this.#counter('relay_closed_total', 'Their ends, by WebSocket close code.', [
		'kind',
		'close_code'
	]);
	readonly #diagnoses = this.#counter('diagnoses_total', 'Looks from the server’s side.', [
		'result'
	]);
	readonly #rounds = this.#counter('janitor_rounds_total', 'Rounds of the janitor.', ['result']);
	readonly #removed = this.#counter('janitor_removed_total', 'What it removed.', ['what']);
	readonly #leftOver = this.#gauge(
		'janitor_left_over',
		'Due in its last round, left by its limit.'
	);
	readonly #lastRound = this.#gauge(
		'janitor_last_round_timestamp_seconds',
		'When its last good round ended.'
	);
	readonly #holds = this.#gauge('janitor_is_holder', 'Whether this replica cleans up.');
	readonly #requests: Histogram<'route' | 'method' | 'status'>;
	readonly #headscale: Histogram<'method' | 'status'>;

	constructor(options: MetricsOptions) {
		const registers = [this.#registry];
		this.#requests = new Histogram({
			name: 'headtab_request_duration_seconds',
			help: 'Requests that kit answered.',
			labelNames: ['route', 'method', 'status'],
			buckets: BUCKETS_S,
			registers
		});
		this.#headscale = new Histogram({
			name: 'headtab_headscale_duration_seconds',
			help: 'Calls of Headscale’s API; status 0 is no answer.',
			labelNames: ['method', 'status'],
			buckets: BUCKETS_S,
			registers
		});
		this.#gauge('build_info', 'The running version.', ['version']).set(
			{ version: options.version },
			1
		);
		this.#live(options);
		if (options.hasProcess) this.#process();
	}

	/** What `/metrics` answers. */
	async text(): Promise<{ readonly type: string; readonly body: string }> {
		return { type: this.#registry.contentType, body: await this.#registry.metrics() };
	}

	/** Counts what the audit trail tells. */
	listen(audit: Audit): void {
		audit.onEvent((event, isOk, fields) => this.#count(event, isOk, fields));
	}

	request(facts: {
		readonly route: string;
		readonly method: string;
		readonly status: number;
		/** `X-Headtab-Code` of the answer. */
		readonly code: string | null;
		readonly tookMs: number;
	}): void {
		const { route, method, status, code, tookMs } = facts;
		this.#requests.observe({ route, method, status: String(status) }, tookMs / 1000);
		this.#error(code);
	}

	headscaleCall(call: {
		readonly method: string;
		readonly status: number;
		readonly tookMs: number;
	}): void {
		this.#headscale.observe(
			{ method: call.method, status: String(call.status) },
			call.tookMs / 1000
		);
	}

	round(report: RoundReport, nowMs: number): void {
		this.#rounds.inc({ result: report.result });
		this.#removed.inc({ what: 'node' }, report.removedNodes);
		this.#removed.inc({ what: 'key' }, report.removedKeys);
		this.#leftOver.set(report.leftOver);
		if (report.result !== 'failed') this.#holds.set(report.result === 'not-holder' ? 0 : 1);
		if (report.result === 'done') this.#lastRound.set(nowMs / 1000);
	}

	#count(event: AuditEvent, isOk: boolean, fields: AuditFields): void {
		const result = isOk ? 'ok' : 'refused';
		switch (event) {
			case 'login.ok':
			case 'login.refused':
				this.#logins.inc({ result });
				// A redirect carries no code.
				this.#error(fields['code']);
				return;
			case 'key.issued':
			case 'key.refused':
			case 'key.expired':
			case 'key.deleted':
				this.#keys.inc({ result: event.slice('key.'.length) });
				return;
			case 'node.removed':
				this.#nodes.inc({ by: removedBy(fields) });
				return;
			case 'janitor.delete':
				this.#nodes.inc({ by: 'janitor' });
				return;
			case 'diagnosis':
				this.#diagnoses.inc({ result });
				return;
			case 'relay.open':
				this.#opened.inc({ kind: kindOf(fields['target']) });
				return;
			case 'relay.close':
				this.#closed.inc({
					kind: kindOf(fields['target']),
					close_code: String(fields['closeCode'])
				});
				return;
			case 'relay.refused':
			case 'request.refused':
				// Refused before kit: no answer of a route carries the code.
				this.#error(fields['code']);
				return;
			default:
				return;
		}
	}

	#error(code: unknown): void {
		if (isErrorCode(code)) this.#errors.inc({ code });
	}

	/** What is asked when somebody reads. */
	#live({ relay, agent }: MetricsOptions): void {
		this.#asked('windows', 'Windows with relayed connections.', () => relay.windows.length);
		const connections = new Gauge<'kind'>({
			name: 'headtab_relay_connections',
			help: 'Relayed connections, open or being opened.',
			labelNames: ['kind'],
			registers: [this.#registry],
			collect: () => {
				for (const kind of ['control', 'derp'] as const)
					connections.set({ kind }, relay.count(kind));
			}
		});
		const moved = new Counter<'direction'>({
			name: 'headtab_relay_bytes_total',
			help: 'Bytes relayed; up is from windows.',
			labelNames: ['direction'],
			registers: [this.#registry],
			collect: () => {
				const { up, down } = relay.movedBytes;
				moved.reset();
				moved.inc({ direction: 'up' }, up);
				moved.inc({ direction: 'down' }, down);
			}
		});
		const facts = () => agent.facts;
		this.#asked('agent_up', 'Whether the agent runs.', () =>
			facts().phase.at === 'running' ? 1 : 0
		);
		this.#asked('agent_control_connected', 'Whether its control connection lives.', () =>
			facts().isControlConnected ? 1 : 0
		);
		this.#asked('agent_restarts', 'Starts after the first.', () => facts().restarts);
		this.#asked('agent_peers', 'Nodes that it sees.', () => facts().peers);
		this.#asked(
			'agent_memory_bytes',
			'Linear memory of its module.',
			() => facts().stats?.sysBytes ?? 0
		);
		this.#asked('agent_heap_bytes', 'Heap of its Go program.', () => facts().stats?.heapBytes ?? 0);
		this.#asked('agent_goroutines', 'Goroutines.', () => facts().stats?.goroutines ?? 0);
		this.#asked(
			'agent_lag_p99_seconds',
			'Event-loop lag of its thread, 99th percentile.',
			() => (facts().health?.lagP99Ms ?? 0) / 1000
		);
		this.#asked(
			'agent_lag_max_seconds',
			'Event-loop lag of its thread, largest.',
			() => (facts().health?.lagMaxMs ?? 0) / 1000
		);
	}

	/** Numbers of the process, without what lists each socket for its count: at 4,000 of them that holds
	 *  up every relayed key for as long as it takes. */
	#process(): void {
		collectDefaultMetrics({ register: this.#registry });
		for (const kind of ['handles', 'requests', 'resources'])
			for (const name of [`nodejs_active_${kind}`, `nodejs_active_${kind}_total`])
				this.#registry.removeSingleMetric(name);
		if (this.#registry.getSingleMetric(OPEN_DESCRIPTORS) === undefined) return;
		this.#registry.removeSingleMetric(OPEN_DESCRIPTORS);
		const open: Gauge = new Gauge({
			name: OPEN_DESCRIPTORS,
			help: 'Number of open file descriptors.',
			registers: [this.#registry],
			collect: async () => open.set(await openDescriptors())
		});
	}

	#counter<L extends string>(name: string, help: string, labels: readonly L[]): Counter<L> {
		return new Counter({
			name: `headtab_${name}`,
			help,
			labelNames: [...labels],
			registers: [this.#registry]
		});
	}

	#gauge<L extends string>(name: string, help: string, labels: readonly L[] = []): Gauge<L> {
		return new Gauge({
			name: `headtab_${name}`,
			help,
			labelNames: [...labels],
			registers: [this.#registry]
		});
	}

	#asked(name: string, help: string, ask: () => number): void {
		const gauge: Gauge = new Gauge({
			name: `headtab_${name}`,
			help,
			registers: [this.#registry],
			collect: () => gauge.set(ask())
		});
	}
}

/** A node of a window goes with its window, or because an admin ended that. */
function removedBy(fields: AuditFields): 'agent' | 'admin' | 'window' {
	if (fields['agent'] === true) return 'agent';
	return fields['by'] === 'admin' ? 'admin' : 'window';
}

const kindOf = (target: unknown): string => (target === 'control' ? 'control' : 'derp');

/** Linux counts them itself from 6.2 on; before that they are listed, beside the event loop. */
async function openDescriptors(): Promise<number> {
	const { size } = await stat('/proc/self/fd');
	return size > 0 ? size : (await readdir('/proc/self/fd')).length;
}
