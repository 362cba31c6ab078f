// How the server entry reaches the services of the other bundle: kit's `init` puts them under one
// symbol of globalThis. Node; used by main.ts and dev-plugin.ts.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Worker } from 'node:worker_threads';

/** The part of AppContext (src/lib/server/app.ts) that the server entry uses. */
export interface AppHandle {
	readonly config: {
		readonly origin: string;
		readonly isSecure: boolean;
		readonly host: string;
		readonly port: number;
		readonly drainS: number;
		readonly metrics: { readonly port: number | null; readonly host: string };
	};
	readonly log: {
		info(fields: object, message: string): void;
		error(fields: object, message: string): void;
	};
	readonly metrics: { text(): Promise<{ readonly type: string; readonly body: string }> };
	readonly connectSources: readonly string[];
	/** @param spawnAgent makes the thread of the server's own node */
	start(clientDirectory: string, spawnAgent: (() => Worker) | null): Promise<void>;
	intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
	/** @param headers of a refusal, which no other answer's headers reach */
	upgrade(
		request: IncomingMessage,
		socket: Duplex,
		head: Buffer,
		headers: Readonly<Record<string, string>>
	): Promise<void>;
	/** Not ready any more, while everything still works. */
	drain(): void;
	/** Resolves when windows, janitor and agent have been told. */
	stop(): Promise<void>;
}

/** @returns null until `init` has run */
export function appHandle(): AppHandle | null {
	return (Reflect.get(globalThis, Symbol.for('headtab.app')) as AppHandle | undefined) ?? null;
}
