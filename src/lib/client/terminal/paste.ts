// What may be pasted and when a person is asked first (H12). Window only, pure.

export interface PasteQuestion {
	/** What would be sent, cleaned. */
	readonly text: string;
	readonly sizeBytes: number;
	readonly lines: number;
	/** Why it asks; the first is the one to say. */
	readonly reasons: readonly ('lines' | 'size' | 'hidden' | 'control')[];
}
