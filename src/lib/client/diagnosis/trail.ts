// What one attempt to open a shell has met so far: its steps with their times, and how it ended. Pure;
// SshSession keeps one, legs.ts reads it.
import type { WireError } from '$lib/contracts/app-error';
import type { SshStep } from '$lib/contracts/wasm';

export interface TrailStep {
	readonly step: SshStep;
	readonly startedAtMs: number;
}

export interface Trail {
	/** In the order in which they began; never empty. */
	readonly steps: readonly TrailStep[];
	/** null while it goes on. */
	readonly end: { readonly atMs: number; readonly error: WireError | null } | null;
}

/** In the order in which an attempt meets them; over a connection that is there it begins with the last. */
const STEP_ORDER: readonly SshStep[] = ['dialing', 'host-key', 'authenticating', 'pty'];

export const trailFrom = (nowMs: number): Trail => ({
	steps: [{ step: 'dialing', startedAtMs: nowMs }],
	end: null
});

/** A step began. One that begins anew (a second try) takes the later ones back. */
export function trailStep(trail: Trail, step: SshStep, nowMs: number): Trail {
	if (trail.end !== null) return trail;
	const at = trail.steps.findIndex((known) => known.step === step);
	const before = at < 0 ? trail.steps : trail.steps.slice(0, at);
	// Go says that it dials just after it was told to.
	const startedAtMs = at === 0 && trail.steps.length === 1 ? trail.steps[0]?.startedAtMs : nowMs;
	return { steps: [...before, { step, startedAtMs: startedAtMs ?? nowMs }], end: null };
}

/** A person was asked something in the last step: it is timed from their answer on. */
export function trailAnswered(trail: Trail, nowMs: number): Trail {
	const last = trail.steps.at(-1);
	if (trail.end !== null || last === undefined) return trail;
	return { ...trail, steps: [...trail.steps.slice(0, -1), { ...last, startedAtMs: nowMs }] };
}

/** The shell is there, or the attempt failed; what comes after an end belongs to the session, not to it. */
export const trailEnd = (trail: Trail, nowMs: number, error: WireError | null): Trail =>
	trail.end === null ? { ...trail, end: { atMs: nowMs, error } } : trail;

/** How long a step took, or has taken when the attempt ended in it; null when it was not reached, or
 *  goes on. */
export function stepTook({ steps, end }: Trail, step: SshStep): number | null {
	const at = steps.findIndex((known) => known.step === step);
	const began = steps[at];
	const endedAtMs = steps[at + 1]?.startedAtMs ?? end?.atMs;
	return began === undefined || endedAtMs === undefined ? null : endedAtMs - began.startedAtMs;
}

/** From its beginning to its end; null without one, or while it goes on. */
export function attemptTook(trail: Trail | null): number | null {
	const began = trail?.steps[0];
	const end = trail?.end ?? null;
	return end === null || began === undefined ? null : end.atMs - began.startedAtMs;
}

/** Whether the attempt got past a step, met by itself or by the connection that it went over. */
export function isPast({ steps, end }: Trail, step: SshStep): boolean {
	if (end !== null && end.error === null) return true;
	const at = STEP_ORDER.indexOf(step);
	return steps.some((known) => STEP_ORDER.indexOf(known.step) > at);
}
