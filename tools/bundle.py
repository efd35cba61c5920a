"""Make the offline installation medium: ``dist/sekisho-<version>-offline-<platform>.tar``.

It holds a wheel of Sekisho (catalogues and translations within), every wheel of the lock for each Python that the registries
have them for, pip's own wheel, an installer of the standard library alone, and SHA256SUMS. The same tree gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap import BUILD_LOCK, ROOT, RUN_LOCK, SetupError, clean_environment, say
from packaging.markers import Marker

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHONS = ("3.11", "3.12", "3.13")
CURRENT = f"{sys.version_info[0]}.{sys.version_info[1]}"
# The oldest Pythons and C libraries first: a wheel for them runs on newer ones.
GLIBC_MINORS = (36, 35, 34, 31, 28, 27, 26, 24, 17, 12, 5)
ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: *; *(?P<marker>[^\\]+?))?(?P<hashes>(?: *\\?\n? +--hash=\S+)+)",
    re.MULTILINE,
)
INSTALLER = ROOT / "tools" / "offline"


def entries(lock: Path, python: str) -> Iterator[str]:
    """The lines of a lock that hold for that Python (any patch release) on Linux, without their markers."""
    for found in ENTRY.finditer(lock.read_text(encoding="utf-8")):
        environments = [
            {"python_version": python, "python_full_version": f"{python}.{patch}", "sys_platform": "linux",
             "platform_system": "Linux", "os_name": "posix", "platform_machine": platform.machine(),
             "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
            for patch in (0, 99)
        ]  # fmt: skip
        marker = found["marker"]
        if marker is None or any(Marker(marker).evaluate(environment) for environment in environments):
            hashes = " ".join(re.findall(r"--hash=\S+", found["hashes"]))
            yield f"{found['name']}=={found['version']} {hashes}"


def platform_tags() -> list[str]:
    """Pip's options for wheels of this processor on any Linux with glibc 2.36 or older (Debian 12)."""
    machine = platform.machine()
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    tags += [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}", f"linux_{machine}"]
    return [word for tag in tags for word in ("--platform", tag)]


def pip(*arguments: str) -> bool:
    """Run the environment's pip; its warnings and errors are shown."""
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, env=clean_environment()).returncode == 0


def download(lines: list[str], python: str, wheels: Path) -> bool:
    """Fetch the wheels of these lines, each against its hash."""
    with tempfile.NamedTemporaryFile("w", suffix=".lock", encoding="utf-8") as lock:
        lock.write("\n".join(lines) + "\n")
        lock.flush()
        return pip(
            "download", "-qq", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--dest", str(wheels),
            "--implementation", "cp", "--python-version", python, "--abi", f"cp{python.replace('.', '')}", "--abi", "abi3",
            "--abi", "none", *platform_tags(), "-r", lock.name,
        )  # fmt: skip


def gather(medium: Path, pythons: list[str]) -> list[str]:
    """All wheels; returns the Pythons for which they are complete. SetupError when there is none, or not the one at hand."""
    wheels = medium / "wheels"
    wheels.mkdir(parents=True)
    say("Sekisho のホイールを作ります", "building Sekisho's wheel")
    if not pip("wheel", "-qq", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(wheels), str(ROOT)):
        raise SetupError("Sekisho のホイールを作れませんでした / Sekisho's wheel could not be built")
    complete = []
    for python in pythons:
        say(f"Python {python} 用の部品を集めます", f"gathering the components for Python {python}")
        tools = [line for line in entries(ROOT / BUILD_LOCK, python) if line.startswith("pip==")]
        if download([*entries(ROOT / RUN_LOCK, python), *tools], python, wheels):
            complete.append(python)
        else:
            say(f"Python {python} 用はそろわないため入れません", f"left out: not complete for Python {python}")
    if not complete:
        raise SetupError("部品を集められませんでした / the components could not be gathered")
    return complete


def write_lock(medium: Path, pythons: list[str]) -> None:
    """The medium's lock: everything with its hash, Sekisho's own wheel included; markers kept for pip to judge."""
    text = (ROOT / RUN_LOCK).read_text(encoding="utf-8")
    lines = [f"# Python: {', '.join(pythons)}", text.strip()]
    own = next((medium / "wheels").glob("sekisho-*.whl"))
    lines.append(f"sekisho=={own.name.split('-')[1]} --hash=sha256:{sha256(own)}")
    (medium / "requirements.lock").write_text("\n".join(lines) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def finish(medium: Path, pythons: list[str], version: str) -> None:
    """Installer, words, manifest and checksums."""
    for source in sorted(INSTALLER.iterdir()):
        if source.is_file():
            shutil.copy(source, medium / source.name)
    shutil.copy(ROOT / "LICENSE", medium / "LICENSE")
    manifest = {"version": version, "platform": f"{sys.platform}_{platform.machine()}", "pythons": pythons}
    (medium / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    files = sorted(path for path in medium.rglob("*") if path.is_file())
    sums = "".join(f"{sha256(path)}  {path.relative_to(medium)}\n" for path in files)
    (medium / "SHA256SUMS").write_text(sums, encoding="utf-8")


def pack(medium: Path, target: Path) -> None:
    """One archive with the same bytes for the same content: sorted, without owners and dates."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = moment
        entry.mode = 0o755 if entry.isdir() or entry.name.endswith(".sh") else 0o644
        return entry

    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".part")
    with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(medium, arcname=medium.name, recursive=False, filter=plain)
        for path in sorted(medium.rglob("*")):
            archive.add(path, arcname=str(Path(medium.name) / path.relative_to(medium)), recursive=False, filter=plain)
    partial.replace(target)
    target.with_name(target.name + ".sha256").write_text(f"{sha256(target)}  {target.name}\n", encoding="utf-8")


def make(out: Path, pythons: list[str]) -> Path:
    """The whole medium; returns the archive's path."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    name = f"sekisho-{version}-offline-{sys.platform}_{platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="sekisho-bundle-") as folder:
        medium = Path(folder) / name
        complete = gather(medium, pythons)
        write_lock(medium, complete)
        finish(medium, complete, version)
        target = out / f"{name}.tar"
        pack(medium, target)
    say(
        f"媒体ができました: {target}（{target.stat().st_size / 1e6:.0f} MB、Python {', '.join(complete)}）", "the medium is ready"
    )
    return target


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 3 when the wheels could not be gathered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where (default: dist)")
    parser.add_argument("--python", action="append", choices=[*PYTHONS, "current"], help="only this Python (repeatable)")
    chosen = parser.parse_args(arguments)
    pythons = [CURRENT if name == "current" else name for name in chosen.python or PYTHONS]
    try:
        make(chosen.out.resolve(), pythons)
    except SetupError as error:
        print(f"[sekisho] {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
