// The colours a person can give a machine, as tokens of the terminal's palette: what is stored is a word,
// so that it fits light and dark. Pure; tab and menu use it.
import { MACHINE_COLORS, type MachineColor } from '$lib/storage/recents';

export { MACHINE_COLORS };

export const MACHINE_COLOR_VARS: Readonly<Record<MachineColor, string>> = {
	red: 'var(--term-1)',
	green: 'var(--term-2)',
	yellow: 'var(--term-3)',
	blue: 'var(--term-4)',
	magenta: 'var(--term-5)',
	cyan: 'var(--term-6)'
};
