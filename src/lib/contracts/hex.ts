// Bytes as text, as SHA-256 sums and tokens are written. Pure.

/** Two lower-case digits a byte. */
export const hex = (bytes: Uint8Array): string =>
	Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
