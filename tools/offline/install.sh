#!/bin/sh
# Installs Sekisho from this medium, without any network. All arguments go to install.py (--help lists them).
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
  if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$name" "$here/install.py" "$@"
  fi
done
echo "Python 3.11 以上が必要です / Python 3.11 or newer is needed" >&2
exit 3
