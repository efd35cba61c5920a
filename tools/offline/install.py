"""Install Sekisho from this medium: no network, nothing but python3 >= 3.11 (standard library only).

Every file of the medium is checked against SHA256SUMS first, and pip checks every wheel against its hash again. Running it once
more on the same target upgrades; the data of an installation (its home) is never touched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXIT_INPUT = 2
EXIT_MISSING = 3


class InstallError(Exception):
    """Why the installation cannot go on, in both languages, with the exit code."""

    def __init__(self, text: str, exit_code: int = EXIT_INPUT) -> None:
        """``text`` is shown as it is."""
        super().__init__(text)
        self.exit_code = exit_code


def say(ja: str, en: str) -> None:
    """Print one line of progress in both languages."""
    print(f"[sekisho] {ja} / {en}", flush=True)


def verify(medium: Path) -> int:
    """Check every file against SHA256SUMS; returns how many. Names every file that is broken, missing or not listed."""
    sums = medium / "SHA256SUMS"
    if not sums.is_file():
        raise InstallError(f"{sums} がありません / is missing")
    listed: dict[str, str] = {}
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    wrong = []
    for name, digest in sorted(listed.items()):
        path = medium / name
        if not path.is_file():
            wrong.append(f"  {name}: ありません / missing")
        elif sha256(path) != digest:
            wrong.append(f"  {name}: 中身が違います / content differs")
    present = {str(path.relative_to(medium)) for path in (medium / "wheels").glob("*") if path.is_file()}
    wrong += [f"  {name}: 一覧にありません / not listed" for name in sorted(present - set(listed))]
    if wrong:
        raise InstallError("媒体が壊れています / the medium is damaged:\n" + "\n".join(wrong))
    return len(listed)


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def check_python(medium: Path) -> None:
    """Refuse, with words, a Python or a machine for which the medium has no wheels."""
    manifest = json.loads((medium / "manifest.json").read_text(encoding="utf-8"))
    have, machine = f"{sys.version_info[0]}.{sys.version_info[1]}", f"{sys.platform}_{platform.machine()}"
    if have not in manifest["pythons"] or machine != manifest["platform"]:
        wanted = ", ".join(manifest["pythons"])
        raise InstallError(
            f"この媒体は {manifest['platform']}・Python {wanted} 用です（この機械は {machine}・Python {have}）/ "
            f"this medium is for {manifest['platform']}, Python {wanted} (this machine: {machine}, Python {have})",
            EXIT_MISSING,
        )


def install(medium: Path, target: Path) -> None:
    """Make the environment and install everything into it from the medium alone."""
    python = target / "bin" / "python"
    if not python.is_file():
        say(f"仮想環境を作ります: {target}", "creating the environment")
        venv.create(target, with_pip=False, symlinks=True)
    pip = next((medium / "wheels").glob("pip-*.whl"))
    say("部品を入れます（数十秒）", "installing the components (some ten seconds)")
    command = [
        str(python), f"{pip}/pip", "--isolated", "install", "--no-index", "--find-links", str(medium / "wheels"),
        "--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--disable-pip-version-check",
        "--no-warn-script-location", "-r", str(medium / "requirements.lock"),
    ]  # fmt: skip
    keep = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
    environment = {key: value for key, value in os.environ.items() if key in keep}
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        raise InstallError(f"導入に失敗しました（pip の終了コード {done.returncode}）/ installation failed", 1)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit codes: 1 pip failed, 2 the medium is damaged, 3 this Python or machine does not fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=Path, default=Path("/opt/sekisho") if os.geteuid() == 0 else Path.home() / "sekisho",
                        help="where (default: /opt/sekisho as root, else ~/sekisho)")  # fmt: skip
    parser.add_argument("--verify-only", action="store_true", help="check the medium and stop")
    chosen = parser.parse_args(arguments)
    try:
        say("媒体を確かめます", "checking the medium")
        say(f"{verify(HERE)} 個のファイルは正しい", "files are intact")
        check_python(HERE)
        if chosen.verify_only:
            return 0
        install(HERE, chosen.target)
    except InstallError as error:
        print(f"[sekisho] {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"[sekisho] 書き込めません / cannot write: {error}", file=sys.stderr)
        return 1
    say(f"終わりました。次: {chosen.target}/bin/sekisho init", "done; the next step is the command above")
    return 0


if __name__ == "__main__":
    sys.exit(main())
