// What Settings, Terminal gives out for each shell, run by that shell in a PTY: its marks as the byte
// filter hears them. zsh and fish where they are installed.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ByteFilter, type FilterEvent } from '$lib/client/terminal/byte-filter';
import { SHELL_MARKS, type ShellMarks } from '$lib/client/terminal/shell-marks';

const isInstalled = (name: string): boolean =>
	(process.env['PATH'] ?? '').split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, name), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});

const HOMES: string[] = [];
afterAll(async () => {
	// fish may still write into its own.
	for (const home of HOMES)
		await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

/** Starts the shell with its file, types the lines one after the other, each at the next prompt.
 *  @returns what the filter heard */
async function hear(
	{ shell, file, text }: ShellMarks,
	lines: readonly string[],
	before = ''
): Promise<readonly FilterEvent[]> {
	const home = await mkdtemp(join(tmpdir(), 'headtab-marks-'));
	HOMES.push(home);
	const path = file.replace('~', home);
	await mkdir(dirname(path), { recursive: true });
	// Read twice: as by somebody who sources it again.
	await writeFile(path, `${before}\n${text}\n${text}\n`);
	// Where this is missing, fish makes completions of all manual pages in the background.
	await mkdir(join(home, '.local', 'share', 'fish', 'generated_completions'), { recursive: true });
	const folder = join(home, 'a b#c?d%41é');
	await mkdir(folder);
	const child = spawn('script', ['-qfec', `${shell} -i`, '/dev/null'], {
		cwd: folder,
		env: { PATH: process.env['PATH'], HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8' }
	});
	const events: FilterEvent[] = [];
	const left = [...lines, 'exit'];
	const filter = new ByteFilter(
		{
			output: () => undefined,
			mode: () => undefined,
			event: (event) => {
				events.push(event);
				// fish has no mark behind its prompt; a PTY keeps what is typed before the shell reads.
				if (event.kind !== 'mark' || event.mark !== 'A') return;
				const line = left.shift();
				if (line !== undefined) child.stdin.write(`${line}\r`);
			}
		},
		{ ownOrigin: 'https://tab.example' }
	);
	child.stdout.on('data', (bytes: Buffer) => {
		filter.push(bytes);
	});
	await new Promise((resolve) => child.once('close', resolve));
	return events;
}

const marksOf = (events: readonly FilterEvent[]) =>
	events.flatMap((event) =>
		event.kind === 'mark' && event.mark !== 'B'
			? [event.mark === 'D' ? `D${String(event.status)}` : event.mark]
			: []
	);

describe.each(SHELL_MARKS.filter(({ shell }) => isInstalled(shell)))('$shell', (marks) => {
	it('marks prompts, outputs and ends with their status, and tells its folder', async () => {
		const events = await hear(marks, ['true', "sh -c 'exit 3'"]);
		// A shell may end something before the first prompt, or the exit itself.
		expect(marksOf(events).join(' ')).toMatch(/^(D0 )?A C D0 A C D3 A C( D\d+)?$/);
		const cwd = events.find(({ kind }) => kind === 'cwd');
		expect(cwd).toMatchObject({ path: expect.stringMatching(/\/a b#c\?d%41é$/) as string });
	});
});

describe('bash', () => {
	it('keeps the prompt and what already runs before it, which still sees the status', async () => {
		const bash = SHELL_MARKS.find(({ shell }) => shell === 'bash');
		if (bash === undefined) throw new Error('no bash');
		const events = await hear(
			bash,
			["sh -c 'exit 4'"],
			`PS1='$(printf "\\e]2;drawn\\a")> '; PROMPT_COMMAND='printf "\\e]2;status %s\\a" $?'`
		);
		const titles = events.flatMap((event) => (event.kind === 'title' ? [event.title] : []));
		expect(titles).toContain('drawn');
		expect(titles).toContain('status 4');
	});
});
