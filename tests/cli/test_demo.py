"""A demonstration touches nothing but its own home."""

from __future__ import annotations

import pytest

from sekisho.cli import demo
from sekisho.errors import Conflict, InputError
from sekisho.web import config, installation


def test_only_a_demonstration_is_removed(tmp_path) -> None:
    home = tmp_path / "home"
    installation.write_config(home, base_url="http://127.0.0.1:8000")
    with pytest.raises(Conflict, match=r"installation\.not_a_demo"):
        demo.command(remove=True, home=home)
    assert installation.exists(home)
    with pytest.raises(InputError, match=r"installation\.demo_not_there"):
        demo.command(remove=True, home=tmp_path / "nothing")


def test_a_demonstration_is_removed_wholly(tmp_path) -> None:
    home = tmp_path / "home"
    installation.write_config(home, base_url="http://127.0.0.1:8000", is_demo=True)
    (home / "store" / "ab").mkdir(parents=True)
    (home / "store" / "ab" / "file").write_bytes(b"x")
    demo.command(remove=True, home=home)
    assert not home.exists()


def test_a_folder_with_other_things_does_not_become_a_demonstration(tmp_path) -> None:
    (tmp_path / "kept").write_text("kept", encoding="utf-8")
    with pytest.raises(Conflict, match=r"installation\.home_not_empty"):
        demo.command(serve=False, home=tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept"]


def test_a_production_database_in_the_environment_is_forgotten(monkeypatch) -> None:
    monkeypatch.setenv("SEKISHO_DATABASE_URL", "postgresql://production/sekisho")
    monkeypatch.setenv("SEKISHO_HOME", "/srv/production")
    demo._forget_environment()
    assert "production" not in config.load().database_url
