// The trail of one attempt: steps, times, end.
import { expect, it } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import {
	attemptTook,
	isPast,
	stepTook,
	trailAnswered,
	trailEnd,
	trailFrom,
	trailStep
} from '$lib/client/diagnosis/trail';

const opened = () => {
	let trail = trailStep(trailFrom(1_000), 'dialing', 1_005);
	trail = trailStep(trail, 'host-key', 1_200);
	trail = trailStep(trail, 'authenticating', 1_210);
	return trailStep(trail, 'pty', 1_400);
};

it('times each step up to the next one, and the last up to the end', () => {
	const trail = trailEnd(opened(), 1_500, null);
	expect(stepTook(trail, 'dialing')).toBe(200);
	expect(stepTook(trail, 'host-key')).toBe(10);
	expect(stepTook(trail, 'authenticating')).toBe(190);
	expect(stepTook(trail, 'pty')).toBe(100);
	expect(attemptTook(trail)).toBe(500);
	expect(isPast(trail, 'pty')).toBe(true);
});

it('times a step that asked a person from the answer on, and nothing after the end', () => {
	const answered = trailAnswered(opened(), 61_400);
	const trail = trailEnd(answered, 61_500, null);
	expect(stepTook(trail, 'pty')).toBe(100);
	expect(stepTook(trail, 'host-key')).toBe(10);
	expect(trailAnswered(trail, 70_000)).toBe(trail);
});

it('tells the step that goes on, and one that failed, from one that was passed', () => {
	const trail = opened();
	expect(stepTook(trail, 'pty')).toBeNull();
	expect(attemptTook(trail)).toBeNull();
	expect(isPast(trail, 'pty')).toBe(false);
	expect(isPast(trail, 'authenticating')).toBe(true);
	const failed = trailEnd(trail, 1_450, AppError.of('internal').toWire());
	expect(isPast(failed, 'pty')).toBe(false);
	expect(stepTook(failed, 'pty')).toBe(50);
});

it('is past what a shell over an open connection had not to meet again', () => {
	const trail = trailStep(trailFrom(1_000), 'pty', 1_010);
	expect(isPast(trail, 'host-key')).toBe(true);
	expect(isPast(trail, 'authenticating')).toBe(true);
	expect(isPast(trail, 'pty')).toBe(false);
	expect(stepTook(trail, 'host-key')).toBeNull();
	expect(isPast(trailEnd(trail, 1_020, null), 'pty')).toBe(true);
});

it('goes back with a second try, and not on after its end', () => {
	const again = trailStep(opened(), 'dialing', 2_000);
	expect(again.steps.map(({ step }) => step)).toEqual(['dialing']);
	const ended = trailEnd(opened(), 1_500, null);
	expect(trailStep(ended, 'dialing', 3_000)).toBe(ended);
	expect(trailEnd(ended, 9_000, AppError.of('internal').toWire())).toBe(ended);
	expect(attemptTook(null)).toBeNull();
});
