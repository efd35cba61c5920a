"""``docs/reference/settings.md`` lists every setting, with its variable, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from sekisho.web.config import Config

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def test_the_reference_lists_every_setting_and_no_other():
    rows = re.findall(r"^\| (`[a-z_]+`|–) \| `(SEKISHO_[A-Z_]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {key.strip("`"): variable for key, variable in rows}
    known = {name: f"SEKISHO_{name.upper()}" for name in Config.__dataclass_fields__ if name != "home"}
    assert listed == known | {"–": "SEKISHO_HOME"}


def test_the_example_in_the_reference_is_one_that_is_read(tmp_path, monkeypatch):
    from sekisho.web.config import load

    for name in Config.__dataclass_fields__:
        monkeypatch.delenv(f"SEKISHO_{name.upper()}", raising=False)
    example = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    (tmp_path / "sekisho.toml").write_text(example, encoding="utf-8")
    config = load(tmp_path)
    assert config.https
    assert config.allowed_hosts[0] == "sekisho.example.lg.jp"
    assert config.redis_url
