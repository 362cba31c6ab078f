// A machine's start-up as the one line that its login shell runs (RFC 4254 `exec`), and its environment as
// a person writes it. Pure; SshSession sends the line, the connect dialog shows the words.
import { isVariableName, parseStartUp, type StartUp, type Variable } from '$lib/storage/start-up';

export type { StartUp };

/** In single quotes, as POSIX shells and fish read them; fish would take a backslash in them for its own. */
const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, String.raw`'\$&'`)}'`;

/** A home folder is the shell's to find. */
const folderWord = (folder: string): string => {
	if (folder === '~') return '~';
	return folder.startsWith('~/') ? `~/${quoted(folder.slice(2))}` : quoted(folder);
};

/** @returns undefined for a plain login shell */
export function startLine(startUp: StartUp | null): string | undefined {
	if (startUp === null) return undefined;
	const { command, folder, environment } = startUp;
	// A folder that is not there is told by the shell, and what follows runs all the same.
	return [
		...environment.map(({ name, value }) => `export ${name}=${quoted(value)}`),
		...(folder === '' ? [] : [`cd ${folderWord(folder)}`]),
		command === '' ? 'exec "$SHELL" -l' : command
	].join('; ');
}

/** The same machine's shell in another folder: what is started there is not started twice. */
export const inFolder = (startUp: StartUp | null, folder: string): StartUp => ({
	command: '',
	folder,
	environment: startUp?.environment ?? []
});

/** `LANG=de_DE.UTF-8 COLORTERM=truecolor`. */
export const environmentText = (environment: readonly Variable[]): string =>
	environment.map(({ name, value }) => `${name}=${value}`).join(' ');

/** What a person has written; null for a plain login shell, `faulty` for what is no environment. */
export function readStartUp(written: {
	readonly command: string;
	readonly folder: string;
	readonly environment: string;
}): StartUp | 'faulty' | null {
	const environment = parseEnvironment(written.environment);
	return environment === null ? 'faulty' : parseStartUp({ ...written, environment });
}

/** @returns null when a part is no NAME=value */
export function parseEnvironment(text: string): readonly Variable[] | null {
	const parts = text.split(/\s+/).filter((part) => part !== '');
	const variables = parts.map((part) => {
		const at = part.indexOf('=');
		return { name: part.slice(0, Math.max(0, at)), value: part.slice(at + 1) };
	});
	return variables.every(({ name }) => isVariableName(name)) ? variables : null;
}
