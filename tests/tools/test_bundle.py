"""The offline medium: complete, tamper-evident, and installable where no registry can be reached."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bundle
import pytest

if TYPE_CHECKING:
    from types import ModuleType

BLOCKED = {
    "PIP_NO_INDEX": "1",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
}


@pytest.fixture
def installer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("offline_install", bundle.INSTALLER / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def small_medium(tmp_path: Path) -> Path:
    medium = tmp_path / "medium"
    (medium / "wheels").mkdir(parents=True)
    (medium / "wheels" / "a-1-py3-none-any.whl").write_bytes(b"wheel")
    (medium / "requirements.lock").write_text("a==1\n", encoding="utf-8")
    bundle.finish(medium, ["3.11"], "1.0")
    return medium


def test_an_intact_medium_passes(installer: Any, small_medium: Path) -> None:
    assert installer.verify(small_medium) == len([path for path in small_medium.rglob("*") if path.is_file()]) - 1


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (
            lambda medium: (medium / "wheels" / "a-1-py3-none-any.whl").write_bytes(b"other"),
            "a-1-py3-none-any.whl: 中身が違います",
        ),
        (lambda medium: (medium / "requirements.lock").unlink(), "requirements.lock: ありません"),
        (
            lambda medium: (medium / "wheels" / "evil-1-py3-none-any.whl").write_bytes(b"x"),
            "evil-1-py3-none-any.whl: 一覧にありません",
        ),
        (lambda medium: (medium / "SHA256SUMS").unlink(), "SHA256SUMS"),
    ],
    ids=["changed", "missing", "smuggled", "no-sums"],
)
def test_a_damaged_medium_is_refused_naming_the_file(installer: Any, small_medium: Path, damage: Any, words: str) -> None:
    damage(small_medium)
    with pytest.raises(installer.InstallError, match=words):
        installer.verify(small_medium)


@pytest.mark.parametrize(
    "manifest", [{"pythons": ["2.7"], "platform": "any"}, {"pythons": ["3.11", "3.12"], "platform": "plan9_vax"}]
)
def test_a_machine_for_which_there_are_no_wheels_is_told_so(installer: Any, tmp_path: Path, manifest: dict[str, Any]) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(installer.InstallError, match=manifest["platform"]) as caught:
        installer.check_python(tmp_path)
    assert caught.value.exit_code == 3


def test_markers_are_judged_for_the_python_of_the_target(tmp_path: Path) -> None:
    lock = tmp_path / "x.lock"
    lock.write_text(
        "a==1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n    # via x\n"
        "b==2 ; python_full_version < '3.11.3' \\\n    --hash=sha256:cc\n"
        "c==3 ; sys_platform == 'win32' \\\n    --hash=sha256:dd\n",
        encoding="utf-8",
    )
    assert list(bundle.entries(lock, "3.11")) == ["a==1 --hash=sha256:aa --hash=sha256:bb", "b==2 --hash=sha256:cc"]
    assert list(bundle.entries(lock, "3.13")) == ["a==1 --hash=sha256:aa --hash=sha256:bb"]


def test_every_entry_of_the_real_locks_is_understood() -> None:
    for name in (bundle.RUN_LOCK, bundle.BUILD_LOCK):
        text = (bundle.ROOT / name).read_text(encoding="utf-8")
        assert len(bundle.ENTRY.findall(text)) == sum(
            "==" in line and not line.startswith((" ", "#")) for line in text.split("\n")
        )


def test_the_same_content_gives_the_same_bytes(small_medium: Path, tmp_path: Path) -> None:
    for name in ("one.tar", "two.tar"):
        bundle.pack(small_medium, tmp_path / name)
        os.utime(small_medium / "LICENSE", (1, 1))
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
    digest = hashlib.sha256((tmp_path / "one.tar").read_bytes()).hexdigest()
    assert (tmp_path / "one.tar.sha256").read_text(encoding="utf-8") == f"{digest}  one.tar\n"


def without_network() -> list[str]:
    """A prefix that leaves a command no network at all, where this machine allows it; the settings above block it anyway."""
    command = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    allowed = shutil.which("unshare") and subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
    return command if allowed else []


@pytest.mark.slow
def test_sekisho_installs_from_the_medium_with_the_registries_blocked(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, str(bundle.ROOT / "tools" / "bundle.py"), "--out", str(tmp_path), "--python", "current"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    archive = next(tmp_path.glob("*.tar"))
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    archive.unlink()
    medium = next(path for path in tmp_path.iterdir() if path.is_dir())
    target = tmp_path / "target"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "PYTHON": sys.executable, **BLOCKED}

    def run(*command: str) -> str:
        done = subprocess.run(
            [*without_network(), *command], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("sh", str(medium / "install.sh"), "--target", str(target))
    catalogues = {
        entry["id"]: entry["items"] for entry in json.loads(run(str(target / "bin" / "sekisho"), "standards", "list", "--json"))
    }
    assert catalogues["annex_a_2022"] == 93
    assert "sekisho init" in run(str(target / "bin" / "sekisho"), "init", "--help")
    compiled = {path.with_suffix("") for path in target.rglob("sekisho/**/*.mo")}
    assert compiled == {path.with_suffix("") for path in target.rglob("sekisho/**/*.po")}
    run("sh", str(medium / "install.sh"), "--target", str(target))  # once more: an upgrade in place
