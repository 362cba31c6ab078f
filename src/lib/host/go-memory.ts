// The imports of the Go program for bytes (wasm/internal/jsx/bytes_js.go): views into Go's memory,
// without an object of syscall/js a packet. Runs where the host runs; go-runtime.ts hands them over.

/** Where Go's bytes come from and go to. A view lies in Go's memory and holds for the call only. */
export interface GoBytes {
	/** Fills `into` from a socket; tells how far. */
	take(socket: number, into: Uint8Array): number;
	/** Takes a copy of what is to be sent on a socket. */
	write(socket: number, bytes: Uint8Array): void;
	/** Takes a copy of a session's output. */
	output(stream: number, bytes: Uint8Array): void;
}

/** The import module `headtab`. @param memory Go's, once it is instantiated */
export function goImports(
	bytes: GoBytes,
	memory: () => WebAssembly.Memory
): WebAssembly.ModuleImports {
	// Growing the memory detaches its buffer, so a view is made for each call. Pointers come signed.
	const view = (at: number, size: number): Uint8Array =>
		new Uint8Array(memory().buffer, at >>> 0, size >>> 0);
	return {
		take: (socket: number, at: number, size: number) => bytes.take(socket, view(at, size)),
		write: (socket: number, at: number, size: number) => bytes.write(socket, view(at, size)),
		output: (stream: number, at: number, size: number) => bytes.output(stream, view(at, size))
	};
}
