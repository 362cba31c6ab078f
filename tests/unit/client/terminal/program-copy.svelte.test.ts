// A program that copies: asked about once for each machine, refused where the person said so, told in any case.
import { describe, expect, it, vi } from 'vitest';
import { nodeId, nodeName } from '$lib/contracts/ids';
import { ProgramCopy, type ProgramCopyOptions } from '$lib/client/terminal/program-copy.svelte';
import { FakeClock, settle } from '../fakes';

const web = { nodeId: nodeId('7'), node: nodeName('web-1') };

function made(
	options: Partial<ProgramCopyOptions> & { programCopy?: 'ask' | 'always' | 'never' } = {}
) {
	const answers = new Map<string, boolean>();
	const write = vi.fn((_: string) => Promise.resolve(true));
	const clock = new FakeClock();
	const copies = new ProgramCopy({
		settings: { values: { programCopy: options.programCopy ?? 'ask' } },
		store: {
			find: (id) => Promise.resolve(answers.get(id) ?? null),
			remember: (machine, mayCopy) => Promise.resolve(void answers.set(machine.nodeId, mayCopy)),
			forget: (id) => Promise.resolve(void answers.delete(id))
		},
		machine: () => web,
		write,
		clock,
		...options
	});
	return { copies, answers, write, clock };
}

describe('a program that copies', () => {
	it('is asked about first; once copies once, and asks again', async () => {
		const { copies, write, answers } = made();
		await copies.wanted('one');
		expect(copies.note).toEqual({ at: 'ask', text: 'one', preview: 'one' });
		expect(write).not.toHaveBeenCalled();
		await copies.answer('once');
		expect(write).toHaveBeenCalledExactlyOnceWith('one');
		expect(copies.note).toEqual({ at: 'copied', chars: 3 });
		expect(answers.size).toBe(0);
		await copies.wanted('two');
		expect(copies.note?.at).toBe('ask');
	});

	it('is remembered for the machine, either way, and can be asked about again', async () => {
		const { copies, write } = made();
		await copies.wanted('one');
		await copies.answer('always');
		await copies.wanted('two');
		expect(write.mock.calls).toEqual([['one'], ['two']]);
		await copies.askAgain();
		await copies.wanted('three');
		await copies.answer('never');
		expect(copies.note).toBeNull();
		await copies.wanted('four');
		expect(copies.note).toEqual({ at: 'refused', why: 'machine' });
		expect(write).toHaveBeenCalledTimes(2);
	});

	it('never copies, or always, where the settings say so', async () => {
		const never = made({ programCopy: 'never' });
		never.answers.set('7', true);
		await never.copies.wanted('x');
		expect(never.copies.note).toEqual({ at: 'refused', why: 'setting' });
		expect(never.write).not.toHaveBeenCalled();
		const always = made({ programCopy: 'always' });
		always.answers.set('7', false);
		await always.copies.wanted('x');
		expect(always.write).toHaveBeenCalledOnce();
	});

	it('waits for a press when the browser wants one, and copies by it', async () => {
		const { copies, write } = made({ programCopy: 'always' });
		write.mockResolvedValueOnce(false);
		await copies.wanted('x');
		expect(copies.note?.at).toBe('press');
		await copies.answer('once');
		expect(copies.note).toEqual({ at: 'copied', chars: 1 });
	});

	it('copies what was wanted last, when answers and writes overtake each other', async () => {
		const { copies } = made();
		const older = copies.wanted('older');
		await copies.wanted('newer');
		await older;
		expect(copies.note).toMatchObject({ at: 'ask', text: 'newer' });
	});

	it('leaves a question when something else is refused, and takes other notes away by time', async () => {
		const { copies, clock } = made();
		await copies.wanted('x');
		copies.refused('read');
		clock.advance(60_000);
		expect(copies.note?.at).toBe('ask');
		copies.dismiss();
		copies.refused('read');
		expect(copies.note).toEqual({ at: 'refused', why: 'read' });
		clock.advance(60_000);
		expect(copies.note).toBeNull();
	});

	it('shows the beginning of a text as one harmless line', async () => {
		const { copies } = made();
		await copies.wanted(`rm -rf ~\n\u202eevil\u0007${'x'.repeat(100)}`);
		const preview = copies.note?.at === 'ask' ? copies.note.preview : '';
		expect(preview).toMatch(/^rm -rf ~ evilx+…$/);
		expect(Array.from(preview)).toHaveLength(61);
	});

	it('asks each time about a machine that the tailnet does not list, and keeps no answer', async () => {
		const { copies, answers } = made({ machine: () => null });
		await copies.wanted('x');
		await copies.answer('always');
		expect(answers.size).toBe(0);
	});

	it('looks at a few writes in a second, and at the last one when it is over', async () => {
		const { copies, write, clock } = made({ programCopy: 'always' });
		for (let at = 0; at < 50; at += 1) await copies.wanted(String(at));
		expect(write.mock.calls.length).toBeLessThanOrEqual(5);
		clock.advance(1_000);
		await settle();
		expect(write).toHaveBeenLastCalledWith('49');
		await copies.wanted('next');
		expect(write).toHaveBeenLastCalledWith('next');
	});

	it('copies nothing more of a flood once its terminal is gone', async () => {
		const { copies, write, clock } = made({ programCopy: 'always' });
		for (let at = 0; at < 50; at += 1) await copies.wanted(String(at));
		const { length } = write.mock.calls;
		copies.dispose();
		clock.advance(1_000);
		await settle();
		expect(write).toHaveBeenCalledTimes(length);
		expect(clock.pending).toBe(0);
	});
});
