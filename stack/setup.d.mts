// Types of setup.mjs, which is plain Node because it runs before anything is installed.
export interface Paths {
	readonly headscale: string;
	readonly tailscaled: string;
	readonly tailscale: string;
	readonly oddssh: string;
}
export function binaries(): Paths;
export function findChromium(): string | null;
