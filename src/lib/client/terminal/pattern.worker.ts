// Runs in a worker of its own: looks for a regular expression in lines of text. Whoever asks ends it when it
// takes too long. pattern.ts makes it.
import type { PatternAnswer, PatternQuestion } from '$lib/contracts/pattern';
import { findIn } from './pattern';

addEventListener('message', ({ data }: MessageEvent<PatternQuestion>) => {
	const pattern = new RegExp(data.source, data.flags);
	const answer: PatternAnswer = {
		id: data.id,
		found: data.texts.map((text) => findIn(text, pattern))
	};
	postMessage(answer);
});
// Its time counts from here on.
postMessage(null);
