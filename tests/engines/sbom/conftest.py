"""A small Debian system on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

STATUS = """\
Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.15-1~deb12u1
Maintainer: Debian OpenSSL Team <pkg@example.org>
Description: secure sockets
 long text
 .

Package: libssl3
Status: install ok installed
Architecture: amd64
Source: openssl (3.0.15-1~deb12u1)
Version: 3.0.15-1~deb12u1

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0

Package: python3-yaml
Status: hold ok installed
Architecture: all
Version: 6.0-3
"""

DEP5 = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: openssl

Files: *
Copyright: somebody
License: Apache-2.0

Files: debian/*
License: GPL-2+ or Artistic
 text of it

License: Expat
 only the text
"""

RELEASE = """\
-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Origin: Debian
Label: Debian-Security
Suite: oldstable-security
Codename: bookworm-security
Date: Fri, 20 Nov 2026 00:00:00 UTC
-----BEGIN PGP SIGNATURE-----

Date: Mon, 01 Jan 2001 00:00:00 UTC
"""

PACKAGES = """\
Package: openssl
Architecture: amd64
Version: 3.0.16-1~deb12u1

Package: libssl3
Architecture: amd64
Version: 3.0.16-1~deb12u1

Package: libssl3
Architecture: arm64
Version: 9.9

Package: python3-yaml
Architecture: all
Version: 6.0-3

Package: gone
Architecture: all
Version: 2.0
"""

LIST = "mirror.example_debian-security_dists_bookworm-security"


def put(root: Path, path: str, data: str | bytes) -> None:
    """Write one file inside the root."""
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data if isinstance(data, bytes) else data.encode())


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    put(root, "etc/os-release", 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    put(root, "var/lib/dpkg/status", STATUS)
    put(root, "usr/share/doc/openssl/copyright", DEP5)
    (root / "usr/share/doc/libssl3").symlink_to("openssl")
    put(root, "var/lib/apt/lists/" + LIST + "_InRelease", RELEASE)
    put(root, "var/lib/apt/lists/" + LIST + "_main_binary-amd64_Packages", PACKAGES)
    info = "usr/lib/python3/dist-packages/PyYAML-6.0.dist-info"
    put(
        root,
        info + "/METADATA",
        "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\nClassifier: License :: OSI Approved :: MIT License\n\nText\n",
    )
    put(root, "var/lib/dpkg/info/python3-yaml.list", f"/.\n/{info}\n/{info}/METADATA\n")
    put(root, "opt/app/node_modules/left/package.json", json.dumps({"name": "left", "version": "1.0.0", "license": "MIT"}))
    put(root, "opt/app/node_modules/@scope/right/package.json", json.dumps({"name": "@scope/right", "version": "2.0.0"}))
    put(
        root,
        "opt/app/node_modules/left/node_modules/right/package.json",
        json.dumps({"name": "left", "version": "0.9.0", "license": {"type": "BSD-3-Clause"}}),
    )
    put(
        root,
        "srv/site/package-lock.json",
        json.dumps({"lockfileVersion": 3, "packages": {"": {}, "node_modules/planned": {"version": "3.0.0", "license": "ISC"}}}),
    )
    return root
