// Types of running-demo.mjs, which is plain Node because it runs before anything is installed.
export function runningDemo(pidFile: string): number | null;
