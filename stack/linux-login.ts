// The Linux accounts of the targets. As root each target gets a private view of the machine (mount and
// UTS namespaces): its own host name, an unprivileged account `demo` with a home in the state folder,
// its own /root; the machine's own files are never touched. Otherwise, the person's own account.
// Node, Linux; used by tailscaled.ts and whoever prints the logins.
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './versions';

/** Account that the private view adds. */
const DEMO_LOGIN = 'demo';
/** First uid tried for it: above people and services, below the dynamic ranges. */
const DEMO_UID_FIRST = 58_200;

export interface TargetLogins {
	/** An unprivileged account where there is one. */
	readonly login: string;
	/** Every account that can be used, the unprivileged first. */
	readonly all: readonly string[];
	/** Whether the targets have private views. */
	readonly isPrivate: boolean;
}

let found: TargetLogins | undefined;

/** Which Linux accounts the targets of this machine have. */
export function targetLogins(): TargetLogins {
	found ??= findLogins();
	return found;
}

function findLogins(): TargetLogins {
	const own = userInfo().username;
	if (process.getuid?.() !== 0) return { login: own, all: [own], isPrivate: false };
	const probe = spawnSync('unshare', ['-m', '-u', 'mount', '--bind', '/etc/passwd', '/etc/passwd']);
	if (probe.status === 0) return { login: DEMO_LOGIN, all: [DEMO_LOGIN, 'root'], isPrivate: true };
	const other = accounts().find(
		({ uid, shell }) => uid >= 1000 && uid < 60_000 && /\/(ba|z|da)?sh$/.test(shell)
	);
	return other === undefined
		? { login: 'root', all: ['root'], isPrivate: false }
		: { login: other.name, all: [other.name, 'root'], isPrivate: false };
}

interface Account {
	readonly name: string;
	readonly uid: number;
	readonly shell: string;
}

function accounts(): readonly Account[] {
	return readFileSync('/etc/passwd', 'utf8')
		.split('\n')
		.filter((line) => line.includes(':'))
		.map((line) => {
			const [name = '', , uid = '0', , , , shell = ''] = line.split(':');
			return { name, uid: Number(uid), shell };
		});
}

/** Mounts the private view, then becomes the program in "$@". Parts that a machine lacks are left out. */
const ENTER = `
set -e
for file in passwd group shadow; do mount --bind "$VIEW/$file" "/etc/$file"; done
mount -t tmpfs -o mode=755 tmpfs /home
mkdir /home/${DEMO_LOGIN}
mount --bind "$VIEW/home" /home/${DEMO_LOGIN}
[ -z "$VIEW_ROOT_HOME" ] || mount --bind "$VIEW/root" /root
[ ! -d /etc/ssh ] || mount --bind "$VIEW/ssh" /etc/ssh
[ ! -d /var/log ] || mount -t tmpfs tmpfs /var/log
echo "$VIEW_NAME" > /proc/sys/kernel/hostname || true
if [ -z "$VIEW_UID" ]; then exec "$@"; fi
cd
exec setpriv --reuid="$VIEW_UID" --regid="$VIEW_UID" --clear-groups --pdeathsig KILL "$@"
`;

export interface PrivateCommand {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string>>;
	/** The unprivileged account in a private view; null without one. */
	readonly uid: number | null;
}

export interface TargetCommand {
	readonly command: string;
	readonly args: readonly string[];
	/** Runs as the unprivileged account instead of root. */
	readonly isUnprivileged?: boolean;
}

/** Home of the unprivileged account as the machine sees it; inside it is /home/demo. */
export const targetHome = (viewDir: string): string => join(viewDir, 'home');

/** The command that runs `command` on the target called `name`: inside its private view if there are any.
 *  @param viewDir folder for the accounts' files and homes of this target */
export function onTarget(
	name: string,
	viewDir: string,
	{ command, args, isUnprivileged = false }: TargetCommand
): PrivateCommand {
	if (!targetLogins().isPrivate) return { command, args, env: {}, uid: null };
	const uid = writeView(viewDir);
	// A clone below /root must stay reachable inside.
	const hidesRootHome = ![ROOT, viewDir, command].some((path) => path.startsWith('/root/'));
	return {
		uid,
		command: 'unshare',
		args: ['-m', '-u', '--propagation', 'private', 'sh', '-c', ENTER, 'sh', command, ...args],
		env: {
			VIEW: viewDir,
			VIEW_NAME: name,
			VIEW_ROOT_HOME: hidesRootHome ? 'yes' : '',
			VIEW_UID: isUnprivileged ? String(uid) : '',
			...(isUnprivileged
				? { HOME: `/home/${DEMO_LOGIN}`, USER: DEMO_LOGIN, LOGNAME: DEMO_LOGIN, SHELL: '/bin/bash' }
				: {})
		}
	};
}

/** @returns uid and gid of the unprivileged account */
function writeView(viewDir: string): number {
	for (const folder of ['home', 'root', 'ssh'])
		mkdirSync(join(viewDir, folder), { recursive: true });
	const existing = accounts().filter(({ name }) => name !== DEMO_LOGIN);
	let uid = DEMO_UID_FIRST;
	while (existing.some((account) => account.uid === uid)) uid += 1;
	const id = String(uid);
	const lines = {
		passwd: `${DEMO_LOGIN}:x:${id}:${id}:Headtab demo:/home/${DEMO_LOGIN}:/bin/bash`,
		group: `${DEMO_LOGIN}:x:${id}:`,
		shadow: `${DEMO_LOGIN}:*:19000:0:99999:7:::`
	};
	for (const [file, line] of Object.entries(lines)) {
		const kept = readFileSync(`/etc/${file}`, 'utf8')
			.split('\n')
			.filter((other) => other !== '' && !other.startsWith(`${DEMO_LOGIN}:`));
		const mode = file === 'shadow' ? 0o600 : 0o644;
		writeFileSync(join(viewDir, file), `${[...kept, line].join('\n')}\n`, { mode });
	}
	const home = join(viewDir, 'home');
	const profile = "PS1='\\[\\e[32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[34m\\]\\w\\[\\e[0m\\]\\$ '\n";
	writeFileSync(join(home, '.bashrc'), `${profile}alias ls='ls --color=auto'\n`);
	writeFileSync(join(home, '.profile'), '[ -z "$BASH" ] || . ~/.bashrc\n');
	writeFileSync(join(home, '.hushlogin'), '');
	for (const path of [
		home,
		...['.bashrc', '.profile', '.hushlogin'].map((file) => join(home, file))
	]) {
		chownSync(path, uid, uid);
	}
	writeFileSync(join(viewDir, 'root', '.hushlogin'), '');
	writeFileSync(join(viewDir, 'root', '.bashrc'), profile.replace('32m', '31m'));
	writeFileSync(join(viewDir, 'root', '.profile'), '[ -z "$BASH" ] || . ~/.bashrc\n');
	return uid;
}
