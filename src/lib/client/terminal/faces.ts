// The faces of one engine: those of its look, and those that its output turns out to need. Window only.
import type { ResttyFontBufferInput } from 'restty/internal/runtime';
import { EXTRA_FACES, extraFaces, type ExtraFace, type TerminalFonts } from './fonts';
import { hasSameFaces, type FontLook } from './look';

interface FacesOptions {
	readonly fonts: Pick<TerminalFonts, 'load' | 'meet'>;
	/** What the engine was made with. */
	readonly look: FontLook;
	readonly met: ReadonlySet<ExtraFace>;
	readonly given: readonly ResttyFontBufferInput[];
	/** Gives the engine its faces. */
	readonly put: (faces: ResttyFontBufferInput[]) => Promise<void>;
	readonly isGone: () => boolean;
}

export class Faces {
	readonly #options: FacesOptions;
	#look: FontLook;
	/** The engine has them, or they are on the way to it. */
	readonly #met: Set<ExtraFace>;
	/** One at a time: restty would keep what came last, whichever was asked for last. */
	#work: Promise<void> = Promise.resolve();
	#isDue = false;
	/** What the engine was given last. */
	#given: readonly unknown[];

	constructor(options: FacesOptions) {
		this.#options = options;
		this.#look = options.look;
		this.#given = options.given.map(({ data }) => data);
		this.#met = new Set(options.met);
	}

	/** Output is on its way: faces that it needs follow by themselves. */
	meet(text: string): void {
		if (this.#met.size === EXTRA_FACES.length) return;
		for (const face of extraFaces(text)) {
			if (this.#met.has(face)) continue;
			this.#met.add(face);
			this.#options.fonts.meet(face).then(
				() => {
					this.#apply();
				},
				// Text goes on in the faces that are there; the next such character asks again.
				() => this.#met.delete(face)
			);
		}
	}

	setLook(look: FontLook): void {
		if (hasSameFaces(look, this.#look)) return;
		this.#look = look;
		this.#apply();
	}

	#apply(): void {
		if (this.#isDue) return;
		this.#isDue = true;
		this.#work = this.#work.then(async () => {
			this.#isDue = false;
			const { fonts, put, isGone } = this.#options;
			// What cannot be fetched leaves the faces that are there.
			const faces = await fonts.load(this.#look).catch(() => null);
			if (faces === null || isGone()) return;
			// Another text size mostly needs no other faces.
			const data = faces.map((face) => face.data);
			if (data.length === this.#given.length && data.every((one, at) => one === this.#given[at]))
				return;
			this.#given = data;
			await put(faces);
		});
	}
}
