export function binaries() {
	const b = new URL('../.headtab/bin/', import.meta.url).pathname;
	return {
		headscale: b + 'headscale',
		tailscaled: b + 'tailscaled',
		tailscale: b + 'tailscale',
		oddssh: b + 'oddssh'
	};
}
export function findChromium() {
	return null;
}
