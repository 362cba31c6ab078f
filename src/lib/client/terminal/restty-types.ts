// The names of restty's types that our files share. Types only; window.
export type { GhosttyTheme, PtyTransport } from 'restty';
import type { GhosttyTheme } from 'restty';

export type ThemeColor = NonNullable<GhosttyTheme['colors']['background']>;
export type Palette = GhosttyTheme['colors']['palette'];
