// What a check of the served files says, as facts and one sentence. Pure; ServedCheck.svelte shows them.
import type { WasmModule } from '$lib/contracts/api';
import { SERVED_MODULE, type ServedList } from '$lib/contracts/served';
import type { Checked, CheckedFile } from './served-check.svelte';

/** One file by name, or the rest together. */
export interface ServedFact {
	readonly name: string;
	readonly lines: readonly string[];
}

export interface ServedVerdict {
	readonly kind: 'plain' | 'warn' | 'danger';
	readonly text: string;
	/** The files it is about; none where all is well. */
	readonly paths: readonly string[];
}

const ROLES: readonly (readonly [name: string, isOf: (path: string) => boolean])[] = [
	['SSH module', (path) => path === SERVED_MODULE],
	['Service worker', (path) => path === 'service-worker.js'],
	['Main entry', (path) => path.startsWith('_app/immutable/entry/')]
];

/** What runs in a browser; faces and pictures do not. */
export const isCode = (path: string): boolean => /\.(?:js|css|wasm)$/.test(path);

/** Code that a window has loaded of its server and that the list does not know. */
export function strangersIn(
	list: ServedList,
	window: {
		/** Addresses. */
		readonly loaded: readonly string[];
		readonly origin: string;
		readonly module: WasmModule | null;
	}
): readonly string[] {
	const paths = window.loaded
		.map((url) => new URL(url, window.origin))
		.filter(({ origin, pathname }) => origin === window.origin && isCode(pathname))
		.map(({ pathname }) => (pathname === window.module?.url ? SERVED_MODULE : pathname.slice(1)))
		.filter((path) => !list.files.has(path));
	return [...new Set(paths)].sort();
}

/** The named files with their hashes, then how many of the others are as listed. */
export function servedFacts({ files }: Checked): readonly ServedFact[] {
	const named = ROLES.map(([name, isOf]): ServedFact => {
		const own = files.filter(({ path }) => isOf(path));
		return { name, lines: own.flatMap((file) => [file.sha256 ?? 'did not come', stateWord(file)]) };
	});
	const others = files.filter(({ path }) => !ROLES.some(([, isOf]) => isOf(path)));
	const same = others.filter(({ isAsServed }) => isAsServed).length;
	const rest = {
		name: 'Other code',
		lines: [`${String(same)} of ${String(others.length)} files match`]
	};
	return [...named.filter(({ lines }) => lines.length > 0), rest];
}

const stateWord = ({ sha256, isAsServed }: CheckedFile): string =>
	sha256 === null ? 'listed, but not served' : isAsServed ? 'matches' : 'differs';

/** Held against the server's own list. */
export function servedVerdict({ files, strangers }: Checked): ServedVerdict {
	const wrong = files.filter(({ isAsServed }) => !isAsServed).map(({ path }) => path);
	if (wrong.length > 0) {
		return {
			kind: 'danger',
			text: `${filesWord(wrong.length)} not what this server lists. Type no password here; tell who runs it.`,
			paths: wrong
		};
	}
	if (strangers.length > 0) {
		return {
			kind: 'warn',
			text: 'The server has another build by now than this window runs. Restart Headtab, then compare again.',
			paths: strangers
		};
	}
	return {
		kind: 'plain',
		text: `All ${String(files.length)} files of code that came are what this server lists.`,
		paths: []
	};
}

/** Held against the list that a release was published with. */
export function releaseVerdict(
	{ files }: Checked,
	release: ServedList,
	fileName: string
): ServedVerdict {
	const wrong = files
		.filter(({ path, sha256 }) => release.files.get(path) !== sha256)
		.map(({ path }) => path);
	if (wrong.length === 0)
		return { kind: 'plain', text: `All of them are what ${fileName} lists.`, paths: [] };
	return {
		kind: 'danger',
		text: `${filesWord(wrong.length)} not what ${fileName} lists${release.version === '' ? '' : `, which is of ${release.version}`}.`,
		paths: wrong
	};
}

const filesWord = (count: number): string =>
	count === 1 ? '1 file is' : `${String(count)} files are`;
