// Which questions before a paste a person has waved through for good. Pure; TerminalPane asks.
import { isLasting, type LastingReason, type PasteQuestion } from '../terminal/paste';
import type { SettingsRecord } from './fields';

const SETTING_OF = {
	lines: 'isLinesPasteConfirmed',
	size: 'isLargePasteConfirmed'
} as const satisfies Record<LastingReason, keyof SettingsRecord>;

/** @returns whether something of it has to be asked: always what hides or acts by itself */
export const isPasteAsked = ({ reasons }: PasteQuestion, settings: SettingsRecord): boolean =>
	reasons.some((reason) => !isLasting(reason) || settings[SETTING_OF[reason]]);

/** The settings after which these reasons ask no more. */
export const withoutQuestions = (reasons: readonly LastingReason[]): Partial<SettingsRecord> =>
	Object.fromEntries(reasons.map((reason) => [SETTING_OF[reason], false]));
