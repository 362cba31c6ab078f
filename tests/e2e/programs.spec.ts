// The programs that people live in, from Debian's packages, in a real session: each one's screen is read, and
// kept as a picture among the test's results.
import { test as base } from '../fixtures/test';
import { expect } from '../fixtures/test';
import { missingTargetPrograms } from '../../stack/setup.mjs';
import { canvasColours } from './canvas';
import { openShell, type Shell } from './shell';

const test = base.extend<{ shell: Shell; picture: (name: string) => Promise<void> }>({
	shell: async ({ signIn, stack }, use) => {
		const missing = missingTargetPrograms();
		if (missing.length > 0)
			throw new Error(
				`This machine lacks ${missing.join(', ')}: install them, or run \`node stack/setup.mjs --all\` as root where there is apt.`
			);
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run("export LC_ALL=C.UTF-8 PS1='$ '; clear");
		await use(shell);
	},
	picture: async ({ shell }, use, info) => {
		await use(async (name) => {
			const path = info.outputPath(`${name}.png`);
			await shell.page.screenshot({ path });
			await info.attach(name, { path, contentType: 'image/png' });
		});
	}
});

/** The program has left, and what was on the screen before it is there again. */
async function expectShellBack(shell: Shell, before: string): Promise<void> {
	// As long as the program is there, keys are its own.
	await shell.expectText(before);
	await shell.run('echo back-in-the-shell');
}

test('vim: text is typed, moved, searched and saved', async ({ shell, picture }) => {
	const { keyboard } = shell.page;
	await shell.run('echo before-vim');
	await shell.type('vim -u NONE -N --cmd "set number ruler hlsearch showmode" notes.txt');
	await shell.expectText(/^ *~$/m);
	await shell.expectText('"notes.txt" [New]');
	await keyboard.type('ione two three');
	await keyboard.press('Enter');
	await keyboard.type('grüße 漢字 end');
	await shell.expectText('-- INSERT --');
	await keyboard.press('Escape');
	await expect(shell.log).not.toContainText('-- INSERT --');
	await shell.expectText(/^ *1 one two three$/m);
	await shell.expectText(/^ *2 grüße 漢字 end$/m);
	// Arrow keys, a yank and a put, a search that is marked in colour.
	await keyboard.press('ArrowUp');
	await keyboard.type('yy5p/two');
	await keyboard.press('Enter');
	await shell.expectText(/^ *6 one two three$/m);
	await keyboard.type(':set list');
	await keyboard.press('Enter');
	await shell.expectText(/grüße 漢字 end\$/);
	await expect.poll(() => canvasColours(shell.page)).toBeGreaterThan(1);
	await picture('vim');
	await keyboard.type(':wq');
	await keyboard.press('Enter');
	await expectShellBack(shell, 'before-vim');
	await shell.run('wc -l notes.txt');
	await shell.expectText(/^7 notes\.txt$/m);
});

test('less: pages, ends, search and a way back', async ({ shell, picture }) => {
	const { keyboard } = shell.page;
	await shell.run('echo before-less; seq -f "line %g of the file" 1000 > lines.txt');
	await shell.type('less lines.txt');
	await shell.expectText(/^lines\.txt/m);
	await shell.expectText(/^line 1 of/m);
	await keyboard.press('PageDown');
	await expect(shell.log).not.toContainText(/^line 1 of/m);
	await keyboard.press('End');
	await keyboard.type('G');
	await shell.expectText(/^line 1000 of/m);
	await shell.expectText('(END)');
	await keyboard.type('?line 77 of');
	await keyboard.press('Enter');
	await shell.expectText(/^line 77 of/m);
	await picture('less');
	await keyboard.type('q');
	await expectShellBack(shell, 'before-less');
});

test('htop: meters, columns, its keys and the mouse', async ({ shell, picture }) => {
	const { keyboard } = shell.page;
	await shell.run('echo before-htop');
	await shell.type('htop');
	await shell.expectText(/Tasks: *\d+/);
	await shell.expectText(/PID.*USER.*(S|RES).*Command/);
	await shell.expectText(/F1 ?Help/);
	await shell.expectText(/F10 ?Quit/);
	await keyboard.press('F5');
	await shell.expectText(/F5 ?(List|Sorted)/);
	await expect.poll(() => canvasColours(shell.page)).toBeGreaterThan(3);
	await picture('htop');
	await keyboard.press('F1');
	await shell.expectText(/htop \d.* - \(C\)/);
	await keyboard.press('Escape');
	await shell.expectText(/F10 ?Quit/);
	await keyboard.press('F10');
	await expectShellBack(shell, 'before-htop');
});

test('tmux: status line, splits with lines between, detach and attach', async ({
	shell,
	picture
}) => {
	const { keyboard } = shell.page;
	const prefix = async (key: string) => {
		await keyboard.press('Control+B');
		await keyboard.type(key);
	};
	await shell.run('echo before-tmux');
	// Keys that a busy machine brings together are no paste, which tmux would give to its shell.
	const noPaste = "';' set -g assume-paste-time 0";
	await shell.type(`tmux -S ~/tmux.sock -f /dev/null new -s seen ${noPaste}`);
	await shell.expectText(/^\[seen\] 0:/m);
	await shell.type("PS1='$ '; echo in-the-left");
	await prefix('%');
	await shell.type("PS1='$ '; echo in-the-right");
	await shell.expectText(/in-the-left.*│|│.*in-the-right/);
	await prefix('"');
	await shell.expectText(/├─+/);
	await shell.type('clear; stty size');
	await shell.expectText(/│ ?\d+ \d+/);
	await picture('tmux');
	await prefix('d');
	await shell.expectText('[detached (from session seen)]');
	await expectShellBack(shell, 'before-tmux');
	await shell.type('tmux -S ~/tmux.sock attach');
	await shell.expectText('in-the-left');
	await shell.expectText(/├─+/);
	await prefix(':');
	// What is typed before the prompt has come is the shell's.
	await shell.expectText(/^:$/m);
	await shell.type('kill-server');
	await expectShellBack(shell, 'before-tmux');
});

test('mc: two panels in boxes, its menu, function keys and its editor’s way out', async ({
	shell,
	picture
}) => {
	const { keyboard } = shell.page;
	await shell.run('echo before-mc; mkdir -p box && touch box/inside.txt');
	await shell.type('mc --nosubshell . box');
	await shell.expectText(/┌.*┐┌.*┐/);
	await shell.expectText(/Left.*File.*Command.*Options.*Right/);
	await shell.expectText(/1 ?Help.*10 ?Quit/);
	await shell.expectText('inside.txt');
	await expect.poll(() => canvasColours(shell.page)).toBeGreaterThan(3);
	await picture('mc');
	await keyboard.press('F9');
	await keyboard.press('Enter');
	await shell.expectText(/File listing|Listing (mode|format)/);
	await keyboard.press('Escape');
	await keyboard.press('Escape');
	await keyboard.press('F10');
	await expectShellBack(shell, 'before-mc');
});
