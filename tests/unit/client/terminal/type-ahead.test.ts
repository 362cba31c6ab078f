// What is typed before the terminal is there: it reaches the shell that it was typed for, and no other.
import { describe, expect, it } from 'vitest';
import { TypeAhead, type ShellAhead } from '$lib/client/terminal/type-ahead';

const ahead = (change: Partial<ShellAhead> = {}): ShellAhead => ({
	phase: 'dialing',
	isAsking: false,
	terminal: 'loading',
	...change
});
const READY = ahead({ phase: 'open', terminal: 'ready' });

const pressed = (key: string) => ({
	key,
	ctrlKey: false,
	metaKey: false,
	altKey: false,
	isComposing: false
});

/** @param first what the pane is in while the person types */
function typed(keys: readonly string[], first: ShellAhead = ahead()): TypeAhead {
	const typeAhead = new TypeAhead();
	typeAhead.follow(first);
	for (const key of keys) typeAhead.key(pressed(key), first);
	return typeAhead;
}

describe('TypeAhead', () => {
	it('keeps letters, Enter and Backspace from the first moment until the shell takes them', () => {
		const typeAhead = typed(['l', 'x', 'Backspace', 's'], ahead({ phase: 'joining' }));
		expect(typeAhead.follow(ahead())).toBe('');
		typeAhead.key(pressed('Enter'), ahead());
		expect(typeAhead.follow(ahead({ phase: 'authenticating', terminal: 'ready' }))).toBe('');
		expect(typeAhead.follow(READY)).toBe('lx\u007fs\r');
		expect(typeAhead.follow(READY)).toBe('');
	});

	it('waits for the shell when the terminal, made ahead, is there first', () => {
		const dialing = ahead({ terminal: 'ready' });
		const typeAhead = typed(['l', 's'], dialing);
		expect(typeAhead.follow(dialing)).toBe('');
		expect(typeAhead.follow(READY)).toBe('ls');
	});

	it('waits for the terminal when the shell is there first, also when it is made anew', () => {
		for (const before of [ahead(), READY]) {
			const typeAhead = typed(['l'], before);
			const open = ahead({ phase: 'open' });
			typeAhead.follow(open);
			typeAhead.key(pressed('s'), open);
			expect(typeAhead.follow(open)).toBe('');
			expect(typeAhead.follow(READY)).toBe(before === READY ? 's' : 'ls');
		}
	});

	it.each(['failed', 'closed', 'reconnecting'] as const)(
		'forgets it when its attempt is %s, and takes no key there',
		(phase) => {
			for (const before of ['joining', 'dialing', 'authenticating', 'open'] as const) {
				const typeAhead = typed(['r', 'm', 'Enter'], ahead({ phase: before }));
				const gone = ahead({ phase });
				expect(typeAhead.follow(gone)).toBe('');
				expect(typeAhead.key(pressed('Enter'), gone)).toBe(false);
				for (const next of ['joining', 'dialing'] as const)
					typeAhead.follow(ahead({ phase: next }));
				expect(typeAhead.follow(READY)).toBe('');
			}
		}
	);

	it('forgets it when another attempt begins without a word', () => {
		const typeAhead = typed(['r', 'm', 'Enter'], ahead({ phase: 'open' }));
		typeAhead.follow(ahead({ phase: 'joining' }));
		expect(typeAhead.follow(READY)).toBe('');
	});

	it('keeps what is typed for the attempt after one that failed', () => {
		const typeAhead = typed(['r', 'm', 'Enter']);
		typeAhead.follow(ahead({ phase: 'failed' }));
		typeAhead.follow(ahead());
		typeAhead.key(pressed('w'), ahead());
		expect(typeAhead.follow(READY)).toBe('w');
	});

	it('forgets it at a question, and keeps no key of one who is asked', () => {
		const typeAhead = typed(['l', 's']);
		const asking = ahead({ phase: 'authenticating', isAsking: true });
		typeAhead.follow(asking);
		expect(typeAhead.key(pressed('x'), asking)).toBe(false);
		typeAhead.follow(ahead({ phase: 'authenticating' }));
		expect(typeAhead.follow(READY)).toBe('');
	});

	it('forgets it when there will be no terminal', () => {
		const typeAhead = typed(['l', 's', 'Enter'], ahead({ phase: 'open' }));
		typeAhead.follow(ahead({ phase: 'open', terminal: 'failed' }));
		typeAhead.follow(ahead({ phase: 'open' }));
		expect(typeAhead.follow(READY)).toBe('');
	});

	it('leaves the app its keys, and the terminal that is there all of them', () => {
		const typeAhead = new TypeAhead();
		for (const held of ['ctrlKey', 'metaKey', 'altKey', 'isComposing'] as const)
			expect(typeAhead.key({ ...pressed('t'), [held]: true }, ahead())).toBe(false);
		expect(typeAhead.key(pressed('Tab'), ahead())).toBe(false);
		expect(typeAhead.key(pressed('a'), READY)).toBe(false);
		expect(typeAhead.follow(READY)).toBe('');
	});

	it.each([
		['given up', [{ ...pressed('u'), ctrlKey: true }], 'ls\r'],
		['given up', [{ ...pressed('c'), ctrlKey: true }], 'ls\r'],
		['edited by a key that is not kept', [pressed('ArrowLeft')], ''],
		['composed', [{ ...pressed('Process'), isComposing: true }], ''],
		['written with AltGr', [{ ...pressed('@'), ctrlKey: true, altKey: true }], 'rm@ls\r'],
		['written with Shift', [pressed('Shift'), pressed('X')], 'rmXls\r'],
		['written with a dead key', [pressed('Dead'), pressed('~')], 'rm~ls\r']
	])('a line that is %s: nothing of it runs but what stands in it', (_, keys, sent) => {
		const typeAhead = typed(['i', 'd', 'Enter', 'r', 'm']);
		for (const key of [...keys, ...['l', 's', 'Enter', 'w'].map(pressed)])
			typeAhead.key(key, ahead());
		expect(typeAhead.follow(READY)).toBe(`id\r${sent}w`);
	});

	it('has a bound', () => {
		expect(typed(Array.from({ length: 2_000 }, () => 'x')).follow(READY)).toHaveLength(1_024);
	});
});
