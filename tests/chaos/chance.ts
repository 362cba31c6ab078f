// Chance that a seed repeats. Pure; used by the soak and the tests of faults.

/** Numbers in [0, 1) (mulberry32). */
export function seeded(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** A list in an order that the chance decides. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
	const rest = [...items];
	const order: T[] = [];
	while (rest.length > 0) order.push(...rest.splice(Math.floor(random() * rest.length), 1));
	return order;
}

/** One of them. */
export function pick<T>(items: readonly [T, ...T[]], random: () => number): T {
	return items[Math.floor(random() * items.length)] ?? items[0];
}
