"""Installation on a bare machine: where pip comes from, what is said, and that a second run does nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import bootstrap
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCES = ("pip_from_ensurepip", "pip_from_wheel", "pip_from_system", "pip_from_apt", "pip_from_unpacked_package")


def test_an_old_python_is_told_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _name: None)
    assert bootstrap.main([]) == bootstrap.EXIT_MISSING
    assert "Python 3.11 or newer is needed (this is 3.9.2)" in capsys.readouterr().err


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(bootstrap.sys, "argv", ["tools/bootstrap.py", "--dev"])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/opt/{name}" if name == "python3.12" else None)
    monkeypatch.setattr(bootstrap.os, "execv", lambda path, words: started.append((path, words)))
    with pytest.raises(bootstrap.SetupError):  # the real execv does not come back
        bootstrap.refuse_old_python()
    assert started == [("/opt/python3.12", ["/opt/python3.12", "tools/bootstrap.py", "--dev"])]


def test_the_script_can_be_read_by_pythons_that_are_too_old() -> None:
    """It must get as far as saying so: no syntax of 3.9 or newer, and nothing but the standard library at the top."""
    import ast

    tree = ast.parse((bootstrap.ROOT / "tools" / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name.split(".")[0] for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= set(sys.stdlib_module_names)
    assert not any(isinstance(node, ast.NamedExpr | ast.Match) for node in ast.walk(tree))


@pytest.mark.parametrize("position", range(len(SOURCES)), ids=SOURCES)
def test_pip_is_taken_from_the_first_place_that_has_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, position: int) -> None:
    asked: list[str] = []

    def place(name: str) -> Callable[..., list[str] | None]:
        def answer(*_arguments: Any) -> list[str] | None:
            asked.append(name)
            return ["pip-from", name] if name == SOURCES[position] else None

        return answer

    monkeypatch.setattr(bootstrap, "succeeds", lambda _command: False)
    for name in SOURCES:
        monkeypatch.setattr(bootstrap, name, place(name))
    assert bootstrap.find_pip(tmp_path) == ["pip-from", SOURCES[position]]
    assert asked == list(SOURCES[: position + 1])


def test_without_any_pip_the_reader_is_told_what_to_ask_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "succeeds", lambda _command: False)
    for name in SOURCES:
        monkeypatch.setattr(bootstrap, name, lambda *_arguments: None)
    with pytest.raises(bootstrap.SetupError, match="apt-get install python3-venv"):
        bootstrap.find_pip(tmp_path)


def test_the_users_pip_settings_reach_pip_but_not_those_that_lead_out_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    environment = bootstrap.clean_environment()
    assert environment["PIP_INDEX_URL"] == "https://index.example/simple"
    assert environment["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert "PIP_TARGET" not in environment
    assert "PYTHONHOME" not in environment


def test_a_broken_environment_is_made_anew_and_a_good_one_is_kept(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "gone")
    bootstrap.make_venv(venv)
    assert bootstrap.venv_is_usable(venv)
    (venv / "mark").touch()
    bootstrap.make_venv(venv)
    assert (venv / "mark").exists()


def test_a_finished_installation_is_recognised_until_something_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "succeeds", lambda _command: True)
    assert not bootstrap.is_ready(tmp_path, dev=False)
    (tmp_path / bootstrap.STAMP).write_text(json.dumps(bootstrap.wanted_state(dev=True)), encoding="utf-8")
    assert bootstrap.is_ready(tmp_path, dev=True)
    assert bootstrap.is_ready(tmp_path, dev=False)  # the tools for development do not disturb
    (tmp_path / bootstrap.STAMP).write_text(json.dumps(bootstrap.wanted_state(dev=False)), encoding="utf-8")
    assert not bootstrap.is_ready(tmp_path, dev=True)
    (tmp_path / bootstrap.STAMP).write_text('{"half', encoding="utf-8")
    assert not bootstrap.is_ready(tmp_path, dev=False)


def test_a_failing_step_is_named_and_leaves_no_stamp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / bootstrap.STAMP).write_text("{}", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "make_venv", lambda _venv: None)
    monkeypatch.setattr(bootstrap, "find_pip", lambda _venv: [sys.executable, "-c", "import sys; sys.exit(7)"])
    with pytest.raises(bootstrap.SetupError, match="exit code 7"):
        bootstrap.install(tmp_path, dev=False)
    assert not (tmp_path / bootstrap.STAMP).exists()


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=bootstrap.ROOT, capture_output=True, text=True, check=True
    ).stdout
    for target in ("demo", "test", "bundle", "lock", "lint", "messages", "docs-check", "clean"):
        assert f"make {target}" in listed
