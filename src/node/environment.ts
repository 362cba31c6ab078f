// Stands for kit's `$env/dynamic/private` in programs that are built without kit (vite.node.config.ts).
export const env: Readonly<Record<string, string | undefined>> = process.env;
