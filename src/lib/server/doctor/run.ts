// Runs checks: side by side, each with a time limit, each only when what it stands on has not failed.
// Server only; used by examine.ts.
import type { DoctorCheck } from '$lib/contracts/doctor';
import { toAppError } from '$lib/contracts/app-error';
import { failed, notReached, type Check, type Finding } from './check';

/** Longer than any dial or answer that a check waits for. */
const CHECK_TIMEOUT_MS = 15_000;

export interface RunOptions<Parts> {
	readonly checks: readonly Check<Parts>[];
	/** null: the configuration is at fault, and nothing can be looked at. */
	readonly parts: Parts | null;
	/** Told when a check begins. */
	readonly onBegin?: (check: { readonly id: string; readonly title: string }) => void;
	/** Told what it found, in the order of `checks`. */
	readonly onEnd?: (check: DoctorCheck) => void;
	/** Last word on every text: takes out secrets. */
	readonly redact: (text: string) => string;
	readonly timeoutMs?: number;
}

/** @returns what each check found, in the order of `checks`; never fails */
export async function runChecks<Parts>(
	options: RunOptions<Parts>
): Promise<readonly DoctorCheck[]> {
	const { checks, redact } = options;
	const running = new Map<string, Promise<DoctorCheck>>();
	const titles = new Map(checks.map(({ id, title }) => [id, title]));
	for (const check of checks) {
		const result = (async (): Promise<DoctorCheck> => {
			const needed = await Promise.all(check.needs.flatMap((id) => running.get(id) ?? []));
			const blocker = needed.find(({ status }) => status === 'failed' || status === 'not-reached');
			const startedMs = performance.now();
			const finding = await look(check, blocker, options);
			return {
				id: check.id,
				title: check.title,
				status: finding.status,
				found: redact(finding.found),
				fix: finding.fix === null ? null : redact(finding.fix),
				ms: Math.round(performance.now() - startedMs)
			};
		})();
		running.set(check.id, result);
	}
	const done: DoctorCheck[] = [];
	for (const result of running.values()) {
		const check = await result;
		options.onEnd?.(check);
		done.push(check);
	}
	return done;

	async function look(
		check: Check<Parts>,
		blocker: DoctorCheck | undefined,
		{ parts, onBegin, timeoutMs = CHECK_TIMEOUT_MS }: RunOptions<Parts>
	): Promise<Finding> {
		if (parts === null) return notReached('First: Configuration.');
		if (blocker !== undefined) return notReached(`First: ${titles.get(blocker.id) ?? blocker.id}.`);
		onBegin?.(check);
		return within(timeoutMs, async () => check.look(parts));
	}
}

/** A check that hangs or fails by itself has found something, too. */
async function within(timeoutMs: number, look: () => Promise<Finding>): Promise<Finding> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<Finding>((resolve) => {
		timer = setTimeout(
			() =>
				resolve(
					failed(
						`No answer within ${String(Math.round(timeoutMs / 1000))} s.`,
						'Something takes the connection and says nothing: look at firewalls and proxies between.'
					)
				),
			timeoutMs
		);
	});
	const found = look().catch((cause: unknown) => {
		const error = toAppError(cause);
		const detail = error.cause instanceof Error ? ` (${error.cause.message})` : '';
		return failed(
			`The check itself failed: ${error.message}${detail}`,
			'Run it again; if it stays, report it.'
		);
	});
	try {
		return await Promise.race([found, late]);
	} finally {
		clearTimeout(timer);
	}
}
