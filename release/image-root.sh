#!/bin/sh
# Lays out the root of the image below $1: Node, the libraries that it is linked with and their licences, one
# account. Run by the Containerfile, where Node is that of the base image and the system Debian's.
set -eu
root=$1
node=$(readlink -f "$(command -v node)")

mkdir -p "$root/usr/local/bin" "$root/etc" "$root/opt/headtab/licences/system"
cp "$node" "$root/usr/local/bin/node"

# The licence of what a file came with: its Debian package's, else Node's own.
licence() {
	package=$(dpkg -S "$1" 2>/dev/null || dpkg -S "/usr$1" 2>/dev/null || dpkg -S "${1#/usr}" 2>/dev/null || true)
	package=${package%%:*}
	text=/usr/share/doc/$package/copyright
	if [ -n "$package" ] && [ -f "$text" ]; then
		cp "$text" "$root/opt/headtab/licences/system/$package.txt"
	fi
}

for library in $(ldd "$node" | grep -o '/[^ ]*'); do
	mkdir -p "$root$(dirname "$library")"
	cp -L "$library" "$root$library"
	licence "$library"
done
licence "$node"
# Where Node is no Debian package its licence lies where it was unpacked.
if [ -f "${node%/bin/node}/LICENSE" ]; then
	cp "${node%/bin/node}/LICENSE" "$root/opt/headtab/licences/system/node.txt"
fi

echo 'headtab:x:10001:10001:Headtab:/var/lib/headtab:/usr/sbin/nologin' > "$root/etc/passwd"
echo 'headtab:x:10001:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
install -d -m 1777 "$root/tmp"
install -d -m 0700 -o 10001 -g 10001 "$root/var/lib/headtab"
