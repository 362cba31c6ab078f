// Gathers what Go writes piece by piece in one turn and hands it on at once, when Go yields: a message
// a packet is what starves TCP and the window alike. Used by the host's sockets and SSH sessions.

/** Bytes on their way out of Go. */
export class Stage {
	readonly #room: Uint8Array<ArrayBuffer>;
	readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
	#used = 0;
	#isDue = false;

	/** @param send gets an array over its own buffer, of `maxBytes` at most. */
	constructor(maxBytes: number, send: (bytes: Uint8Array<ArrayBuffer>) => void) {
		this.#room = new Uint8Array(maxBytes);
		this.#send = send;
	}

	/** Copies the bytes, which may lie in Go's memory; sent in a microtask, or once there is no room. */
	add(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.byteLength;) {
			const size = Math.min(bytes.byteLength - at, this.#room.byteLength - this.#used);
			this.#room.set(bytes.subarray(at, at + size), this.#used);
			this.#used += size;
			at += size;
			if (this.#used === this.#room.byteLength) this.flush();
		}
		if (this.#isDue || this.#used === 0) return;
		this.#isDue = true;
		queueMicrotask(() => {
			this.#isDue = false;
			this.flush();
		});
	}

	/** Sends what waits. */
	flush(): void {
		if (this.#used === 0) return;
		const all = this.#room.slice(0, this.#used);
		this.#used = 0;
		this.#send(all);
	}
}
