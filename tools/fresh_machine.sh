#!/usr/bin/env bash
# Proves the two commands on a bare machine: a minimal Debian 12 in a folder, with python3, make and certificates only, gets a
# clone of this repository's last commit and runs the given make command in it, first as an ordinary user, then as root.
#
#   tools/fresh_machine.sh [MAKE ARGUMENTS]      default: demo ARGS=--no-serve
#
# Needs root and debootstrap. apt's and pip's own settings of this machine are used within; the folder is removed at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "root が要ります / needs root" >&2; exit 3; }
command -v debootstrap >/dev/null || { echo "debootstrap がありません / apt-get install debootstrap" >&2; exit 3; }
[ $# -gt 0 ] || set -- demo ARGS=--no-serve

machine=$(mktemp -d /tmp/sekisho-fresh-XXXXXX)
cleanup() {
  mountpoint -q "$machine/proc" && umount "$machine/proc"
  mountpoint -q "$machine/proc" || rm -rf --one-file-system "$machine"
}
trap cleanup EXIT
chmod 755 "$machine"

# The mirror is the one that this machine's apt uses, if it says so.
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
debootstrap --variant=minbase --include=python3,make,ca-certificates bookworm "$machine" ${mirror:+"$mirror"} >"$machine.log" 2>&1 ||
  { tail -n 5 "$machine.log" >&2; exit 1; }
rm -f "$machine.log"
cp /etc/resolv.conf /etc/hosts "$machine/etc/"
for part in apt/sources.list apt/sources.list.d/debian.sources pip.conf ssl/certs/ca-certificates.crt; do
  [ ! -e "/etc/$part" ] || { mkdir -p "$(dirname "$machine/etc/$part")"; cp -L "/etc/$part" "$machine/etc/$part"; }
done
for part in /etc/apt/apt.conf.d/99*; do [ ! -e "$part" ] || cp "$part" "$machine/etc/apt/apt.conf.d/"; done
[ ! -e "$HOME/.config/pip/pip.conf" ] || install -D -m 644 "$HOME/.config/pip/pip.conf" "$machine/etc/xdg/pip/pip.conf"
mount -t proc proc "$machine/proc"
chroot "$machine" useradd --create-home visitor

settings=(PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C)
while IFS= read -r entry; do settings+=("$entry"); done < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_|https?_proxy=|HTTPS?_PROXY=|CI=)' || true)
failed=0
for user in visitor root; do
  home="/srv/$user"
  git clone --quiet --no-hardlinks . "$machine$home/sekisho"
  chroot "$machine" chown -R "$user" "$home"
  echo "===== $user: make $* ====="
  started=$SECONDS
  chroot "$machine" env -i "${settings[@]}" HOME="$home" setpriv --reuid="$user" --regid="$user" --init-groups \
    make --no-print-directory -C "$home/sekisho" "$@" </dev/null && code=0 || code=$?
  echo "===== $user: exit code $code, $((SECONDS - started)) s ====="
  [ "$code" = 0 ] || failed=1
done
exit $failed
