// Types of headscales.mjs, which is plain Node because setup.mjs is.
import type { Progress } from './progress.mjs';

export const DEFAULT_HEADSCALE: string;
export const HEADSCALES: readonly string[];
export const REFUSING_HEADSCALE: string;
export function ensureHeadscales(progress: Progress, versions?: readonly string[]): Promise<void>;
export function headscaleBinary(version?: string): string;
