// Types of setup.mjs, which is plain Node because it runs before anything is installed.
import type { Progress } from './progress.mjs';

export interface Paths {
	readonly headscale: string;
	readonly tailscaled: string;
	readonly tailscale: string;
	readonly oddssh: string;
	readonly cheapkey: string;
}
export class SetupFault extends Error {}
export const ROOT: string;
export const GO_DIR: string;
export function pinned(module: string): string;
export function binaries(): Paths;
export function findChromium(): string | null;
export function ensurePackages(progress: Progress): Promise<void>;
export function ensureBinaries(progress: Progress): Promise<void>;
export function ensureWasm(progress: Progress): Promise<void>;
export function ensureApp(progress: Progress): Promise<void>;
export function ensureBrowser(progress: Progress): Promise<void>;
export function missingDesktopTools(): readonly string[];
export function ensureTargetPrograms(progress: Progress): Promise<void>;
export function ensureProxies(progress: Progress): Promise<void>;
export function findProxy(name: 'caddy' | 'nginx'): string | null;
export function findSshServer(): string | null;
export function missingTargetPrograms(): readonly string[];
export function sharedStoreProgram(): string | null;
export function ensureSharedStore(progress: Progress): Promise<void>;
export function ensureStack(progress: Progress): Promise<void>;
export function explain(cause: unknown): string;
