// An answer, or null when it takes too long: what a launch would wait for without end. Runs in the service worker.

/** What comes later is left to itself; a failure before is the caller's. */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T | null> {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const late = new Promise<null>((resolve) => {
		timer = setTimeout(resolve, limitMs, null);
	});
	try {
		return await Promise.race([work, late]);
	} finally {
		clearTimeout(timer);
	}
}
