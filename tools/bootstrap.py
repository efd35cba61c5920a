"""Make ``.venv`` from the hashed lock with nothing but the system's python3 (standard library only).

Runs on a machine that has python3 >= 3.11 and reaches the package registries of its user's pip and apt configuration; it
names no registry itself. pip is taken from where it can be had: Python's own ``ensurepip``, Debian's wheel directory, the
system's pip, ``apt-get`` (as root or through ``sudo -n``), or, without any rights, a package unpacked under ``var/``.

A second run does nothing when the lock, the Python and the project's metadata are the same; a run that was interrupted is
simply taken up again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11")
DEBIAN_WHEELS = Path("/usr/share/python-wheels")
BUILD_LOCK = "requirements-build.lock"
RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
STAMP = "sekisho-setup.json"
EXIT_MISSING = 3


class SetupError(Exception):
    """Something that the machine lacks; the text says what and what to do, in both languages."""


def say(ja: str, en: str) -> None:
    """Print one line of progress in both languages."""
    print(f"[sekisho] {ja} / {en}", flush=True)


def refuse_old_python() -> None:
    """Start again under a newer Python when there is one on the PATH; otherwise say what is needed."""
    if sys.version_info[:2] >= OLDEST:
        return
    for name in NEWER_NAMES:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same script under a newer interpreter
    have = ".".join(str(part) for part in sys.version_info[:3])
    need = ".".join(str(part) for part in OLDEST)
    raise SetupError(
        f"Python {need} 以上が必要です（この機械は {have}）。新しい Python を入れ、`make PYTHON=python{need}` としてください / "
        f"Python {need} or newer is needed (this is {have}). Install one and run `make PYTHON=python{need}`"
    )


def clean_environment() -> dict[str, str]:
    """The caller's environment (pip's and the proxy's settings included) without what would lead pip out of ``.venv``."""
    drop = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV", "__PYVENV_LAUNCHER__"}
    environment = {key: value for key, value in os.environ.items() if key not in drop}
    environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0")
    return environment


def succeeds(command: list[str]) -> bool:
    """Whether the command ends with 0; its output is not shown."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=clean_environment())
    except OSError:
        return False
    return done.returncode == 0


def run(command: list[str], *, ja: str, en: str) -> None:
    """Run a step with its output shown; SetupError with the step's name if it fails."""
    say(ja, en)
    started = time.monotonic()
    done = subprocess.run(command, check=False, env=clean_environment(), cwd=ROOT)
    if done.returncode:
        raise SetupError(
            f"「{ja}」に失敗しました（終了コード {done.returncode}）。上の表示を見て直し、もう一度実行してください / "
            f'"{en}" failed (exit code {done.returncode}). See the lines above, mend it and run again'
        )
    say(f"　→ {time.monotonic() - started:.1f} 秒", f"done in {time.monotonic() - started:.1f} s")


# ---------------------------------------------------------------------------------------------------- what is there


def wanted_state(*, dev: bool) -> dict[str, str]:
    """What the environment must have been made from: hashes of the locks and metadata, and the Python."""
    names = [BUILD_LOCK, RUN_LOCK, "pyproject.toml", *([DEV_LOCK] if dev else [])]
    state = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    state["python"] = ".".join(str(part) for part in sys.version_info[:2])
    state["root"] = str(ROOT)
    return state


def is_ready(venv: Path, *, dev: bool) -> bool:
    """Whether the environment was completely made from what lies here now."""
    try:
        have = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    wanted = wanted_state(dev=dev)
    return (
        isinstance(have, dict)
        and all(have.get(key) == value for key, value in wanted.items())
        and succeeds([str(venv / "bin" / "python"), "-c", "import sekisho, django"])
    )


def venv_is_usable(venv: Path) -> bool:
    """Whether the environment's Python starts and is the same major.minor as this one."""
    code = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r} or sys.prefix == sys.base_prefix)"
    return succeeds([str(venv / "bin" / "python"), "-c", code])


# ------------------------------------------------------------------------------------------------------- finding pip


def pip_from_ensurepip(python: str) -> list[str] | None:
    """Python's own copy (on Debian only there when python3-venv is)."""
    if succeeds([python, "-c", "import ensurepip"]) and succeeds([python, "-m", "ensurepip", "--upgrade", "--default-pip"]):
        return [python, "-m", "pip"]
    return None


def pip_from_wheel(python: str, folder: Path) -> list[str] | None:
    """A pip wheel in the folder, run straight from the wheel."""
    for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
        command = [python, f"{wheel}/pip"]
        if succeeds([*command, "--version"]):
            return command
    return None


def pip_from_system(python: str) -> list[str] | None:
    """The system's pip, told to work on the new environment (needs pip 22.3 or newer)."""
    command = [sys.executable, "-m", "pip", "--python", python]
    return command if succeeds([*command, "--version"]) else None


def root_prefix() -> list[str] | None:
    """How to become root without being asked for a password: ``[]`` as root, ``sudo -n``, or None."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if succeeds(["sudo", "-n", "true"]) else None


def pip_from_apt(python: str) -> list[str] | None:
    """Debian's package of the pip wheel, installed with root's rights."""
    prefix = root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        return None
    say("apt-get で pip を入れます", "installing pip's wheel with apt-get")
    install = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    package = "python3-pip-whl"
    if not succeeds([*install, package]):
        succeeds([*prefix, "apt-get", "update", "-qq"])
        succeeds([*install, package])
    return pip_from_wheel(python, DEBIAN_WHEELS)


def pip_from_unpacked_package(python: str) -> list[str] | None:
    """Debian's package of the pip wheel, fetched and unpacked under ``var/`` without any rights."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    say(
        "管理者権限がないため、pip のパッケージを var/ に展開します",
        "no administrator's rights: unpacking pip's package under var/",
    )
    base = ROOT / "var" / "setup" / "apt"
    for part in ("lists/partial", "archives/partial", "unpacked"):
        (base / part).mkdir(parents=True, exist_ok=True)
    options = [
        "-o", f"Dir::State::lists={base / 'lists'}",
        "-o", f"Dir::Cache={base}",
        "-o", f"Dir::Cache::archives={base / 'archives'}",
        "-o", "Debug::NoLocking=1",
        "-o", "APT::Sandbox::User=",
    ]  # fmt: skip
    succeeds(["apt-get", *options, "-qq", "update"])
    for command in (
        ["apt-get", "-qq", *options, "download", "python3-pip-whl"],
        ["apt-get", "-qq", "download", "python3-pip-whl"],
    ):
        subprocess.run(command, check=False, capture_output=True, cwd=base, env=clean_environment())
        packages = sorted(base.glob("python3-pip-whl_*.deb"))
        if packages and succeeds(["dpkg-deb", "-x", str(packages[-1]), str(base / "unpacked")]):
            return pip_from_wheel(python, base / "unpacked" / "usr" / "share" / "python-wheels")
    return None


def find_pip(venv: Path) -> list[str]:
    """The command that installs into the environment; SetupError when pip is nowhere to be had."""
    python = str(venv / "bin" / "python")
    if succeeds([python, "-m", "pip", "--version"]):
        return [python, "-m", "pip"]
    found = (
        pip_from_ensurepip(python)
        or pip_from_wheel(python, DEBIAN_WHEELS)
        or pip_from_system(python)
        or pip_from_apt(python)
        or pip_from_unpacked_package(python)
    )
    if found is None:
        raise SetupError(
            "pip が見つからず、取り寄せることもできませんでした。`apt-get install python3-venv` を管理者に頼んでください / "
            "pip is not here and could not be fetched. Ask the administrator for `apt-get install python3-venv`"
        )
    say(f"pip: {' '.join(found)}", "found")
    return found


# ----------------------------------------------------------------------------------------------------------- making


def make_venv(venv: Path) -> None:
    """An environment without pip; an unusable old one (another Python, broken links) is replaced."""
    if venv_is_usable(venv):
        return
    if venv.exists():
        say(f"使えない仮想環境を消します: {venv}", "removing an environment that does not start")
        shutil.rmtree(venv)
    try:
        import venv as venv_module

        say(f"仮想環境を作ります: {venv}", "creating the virtual environment")
        venv_module.create(venv, with_pip=False, symlinks=True)
    except ImportError as error:
        raise SetupError(
            "Python の venv がありません。`apt-get install python3` を実行してください / "
            "Python has no venv module. Run `apt-get install python3`"
        ) from error


def install_lock(pip: list[str], lock: str, *, ja: str, en: str) -> None:
    """Install exactly what the lock names, every file checked against its hash, nothing compiled."""
    run(
        [*pip, "install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(ROOT / lock)],
        ja=f"{ja}（{lock}、ハッシュ照合つき）",
        en=f"{en} ({lock}, hashes checked)",
    )


def install(venv: Path, *, dev: bool) -> None:
    """Everything, in the order in which an interruption does no harm; the stamp comes last."""
    (venv / STAMP).unlink(missing_ok=True)
    make_venv(venv)
    install_lock(find_pip(venv), BUILD_LOCK, ja="pip と構築の道具を入れます", en="installing pip and the build tools")
    pip = [str(venv / "bin" / "python"), "-m", "pip"]
    install_lock(pip, DEV_LOCK if dev else RUN_LOCK, ja="部品を入れます", en="installing the components")
    run(
        [*pip, "install", "--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--editable", str(ROOT)],
        ja="Sekisho を入れます",
        en="installing Sekisho itself",
    )
    run([*pip, "check"], ja="部品のそろいを確かめます", en="checking that the components fit together")
    (venv / STAMP).write_text(json.dumps(wanted_state(dev=dev), indent=1), encoding="utf-8")


def compile_messages(venv: Path) -> None:
    """The translations that the pages read; only those whose source is newer."""
    script = ROOT / "tools" / "messages.py"
    done = subprocess.run([str(venv / "bin" / "python"), str(script), "compile"], check=False, env=clean_environment(), cwd=ROOT)
    if done.returncode:
        raise SetupError("翻訳ファイルを作れませんでした / The translations could not be compiled")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code (3: something is missed on this machine)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where (default: .venv)")
    parser.add_argument("--force", action="store_true", help="install again even when nothing has changed")
    chosen = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        refuse_old_python()
        if chosen.force or not is_ready(chosen.venv, dev=chosen.dev):
            install(chosen.venv, dev=chosen.dev)
            say(f"導入が終わりました（{time.monotonic() - started:.0f} 秒）", "installation finished")
        compile_messages(chosen.venv)
    except SetupError as error:
        print(f"[sekisho] {error}", file=sys.stderr)
        return EXIT_MISSING
    except KeyboardInterrupt:
        say("中断しました。もう一度実行すると続きから始めます", "interrupted; run again to go on")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
