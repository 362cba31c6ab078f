#!/bin/sh
# `apt-get` with the arguments given, after which no service that came by it runs or starts with the machine: a test
# starts its own. Run by setup.mjs, as root. A shell, so that it tidies up also when setup.mjs is interrupted: it
# waits for apt-get and goes on. HEADTAB_APT_ROOT is where a test keeps the system's files.
set -eu
system=${HEADTAB_APT_ROOT:-}
policy=$system/usr/sbin/policy-rc.d

# Units that start with the machine; nothing where systemd does not run.
enabled() {
	if [ -d "$system/run/systemd/system" ]; then
		systemctl list-unit-files --state=enabled --no-legend --plain | cut -d ' ' -f 1 | tr '\n' ' '
	fi
}

trap : HUP INT TERM
own=
trap 'if [ -n "$own" ]; then rm -f "$policy"; fi' EXIT
# What packages ask before they start anything, with systemd and without. One that is there already is the admin's.
mark='# Until the tests of Headtab have installed what they need.'
# One that was killed has left its own.
if grep -qsF "$mark" "$policy"; then rm -f "$policy"; fi
set -C
if { printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"; } 2>/dev/null; then
	own=yes
	chmod 755 "$policy"
fi
set +C

before=$(enabled)
status=0
apt-get "$@" || status=$?
for unit in $(enabled); do
	case " $before" in *" $unit "*) continue ;; esac
	# Its words would end it where nobody reads them any more.
	systemctl disable --now "$unit" >/dev/null 2>&1 || {
		echo "$unit starts with the machine: \`systemctl disable --now $unit\` failed"
		status=1
	}
done
exit "$status"
