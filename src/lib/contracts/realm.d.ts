// What every realm has beyond the language: the few globals that contracts may name.
// Only src/lib/contracts/tsconfig.json reads this file; elsewhere DOM, WebWorker or Node types say more.
interface URL {
	readonly origin: string;
	readonly pathname: string;
	readonly search: string;
	readonly hash: string;
}
declare var URL: {
	new (url: string, base?: string): URL;
	canParse(url: string, base?: string): boolean;
};
declare var crypto: { getRandomValues(array: Uint8Array): Uint8Array };
interface MessagePort {
	postMessage(message: unknown, transfer?: readonly unknown[]): void;
}
