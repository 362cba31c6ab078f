// The sound of a terminal's bell, made here: no file, and the same everywhere. Window only.

const HZ = 880;
const SECONDS = 0.12;
const LOUDNESS = 0.12;

let context: AudioContext | null = null;

/** A short tone; silent until the person has used the page, as the browser wants it. */
export function soundBell(): void {
	context ??= new AudioContext();
	const { currentTime, destination } = context;
	const tone = context.createOscillator();
	const volume = context.createGain();
	tone.frequency.value = HZ;
	volume.gain.setValueAtTime(LOUDNESS, currentTime);
	volume.gain.exponentialRampToValueAtTime(0.001, currentTime + SECONDS);
	tone.connect(volume).connect(destination);
	tone.start();
	tone.stop(currentTime + SECONDS);
}
