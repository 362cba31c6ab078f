// What a machine's shells begin with: command, folder, environment. A part of its record (recents.ts).
// Pure; the connect dialog writes it, sessions read it.
import { isRecord } from '$lib/contracts/parse';

export interface StartUp {
	/** Runs in place of a login shell; empty for none. */
	readonly command: string;
	/** Where it begins; empty for the home folder. */
	readonly folder: string;
	readonly environment: readonly Variable[];
}

export interface Variable {
	readonly name: string;
	readonly value: string;
}

const TEXT_MAX_CHARS = 1_024;
const VARIABLES_MAX = 32;

/** One line of text, as a shell takes it. */
const isLine = (value: unknown): value is string =>
	typeof value === 'string' && value.length <= TEXT_MAX_CHARS && !/\p{Cc}/u.test(value);

/** @returns whether a text is a variable's name in every shell */
export const isVariableName = (name: string): boolean => /^[A-Za-z_]\w{0,127}$/.test(name);

/** Any stored value; null for none, and for what says nothing. */
export function parseStartUp(value: unknown): StartUp | null {
	if (!isRecord(value)) return null;
	const { command, folder, environment } = value;
	const startUp: StartUp = {
		command: isLine(command) ? command.trim() : '',
		folder: isLine(folder) ? folder.trim() : '',
		environment: Array.isArray(environment)
			? environment.flatMap(parseVariable).slice(0, VARIABLES_MAX)
			: []
	};
	const isEmpty =
		startUp.command === '' && startUp.folder === '' && startUp.environment.length === 0;
	return isEmpty ? null : startUp;
}

function parseVariable(value: unknown): readonly Variable[] {
	if (!isRecord(value)) return [];
	const { name, value: text } = value;
	return typeof name === 'string' && isVariableName(name) && isLine(text)
		? [{ name, value: text }]
		: [];
}
