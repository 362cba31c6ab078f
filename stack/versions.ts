// The pinned programs of the stack and where they lie. Node; used by every part of the stack.
// stack/go/go.mod is the one place that names versions; stack/setup.mjs builds from it.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { binaries as findBinaries } from './setup.mjs';

/** The project's root folder. */
export const ROOT = resolve(import.meta.dirname, '..');
/** The one ignored folder that everything lies in. */
export const STATE = join(ROOT, '.headtab');

export interface Binaries {
	readonly headscale: string;
	readonly tailscaled: string;
	readonly tailscale: string;
	/** The plain SSH server and its misbehaviours (stack/go/cmd/oddssh). */
	readonly oddssh: string;
}

/** Paths of the programs that `npm run demo` or `npm test` has built or found.
 *  @throws Error when one is missing: `node stack/setup.mjs` builds it. */
export function binaries(): Binaries {
	return findBinaries();
}

/** Version of Headscale that the stack runs, without `v`. */
export const HEADSCALE_VERSION = pinned('github.com/juanfont/headscale');

function pinned(module: string): string {
	const text = readFileSync(join(import.meta.dirname, 'go', 'go.mod'), 'utf8');
	const version = text.split('\n').find((line) => line.includes(`${module} v`));
	return (
		version
			?.trim()
			.split(/\s+/)
			.find((word) => /^v\d/.test(word))
			?.slice(1) ?? 'unknown'
	);
}
