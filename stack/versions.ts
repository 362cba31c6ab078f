// The pinned programs of the stack and where they lie. Node; used by every part of the stack.
// stack/go/go.mod names the versions, go.mod of stack/go/headscale-… those of more Headscales (headscales.mjs);
// stack/setup.mjs builds from them.
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
	/** Makes an API key of Headscale's cheap to verify (stack/go/cmd/cheapkey). */
	readonly cheapkey: string;
}

/** Paths of the programs that `npm run demo` or `npm test` has built or found.
 *  @throws Error when one is missing: `node stack/setup.mjs` builds it. */
export function binaries(): Binaries {
	return findBinaries();
}
