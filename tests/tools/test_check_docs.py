"""Dead links, commands that do not exist and names that must not be committed are found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import check_docs
import pytest
import typer

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = {"demo", "test"}
app = typer.Typer()
group = typer.Typer()
app.add_typer(group, name="report")


@app.callback()
def _root() -> None:
    """The root."""


@group.callback()
def _group() -> None:
    """The group."""


@group.command()
def build(out: str = "") -> None:
    """Build."""


ROOT_COMMAND = typer.main.get_command(app)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("make demo", False),
        ("make demo ARGS=--no-serve", False),
        ("$ make nothing", True),
        ("sekisho report build --out FILE", False),
        (".venv/bin/sekisho report build --out=FILE | less", False),
        ("SEKISHO_LANG=en sekisho report build", False),
        ("sekisho report burn", True),
        ("sekisho report build --colour red", True),
        ("sekisho reports", True),
        ("ls -la", False),
        ("make them better", True),
    ],
)
def test_commands_in_documents(line: str, wrong: bool) -> None:
    assert (check_docs.wrong_command(line, TARGETS, ROOT_COMMAND) is not None) is wrong


def test_relative_links_and_anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# 導入の手順\n\n## Second part\n", encoding="utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "[ok](b.md) [ok](b.md#導入の手順) [ok](b.md#second-part)\n[web](https://example.org/x)\n"
        "[dead](c.md)\n![dead](x.png)\n[dead](b.md#third)\n`[code](nowhere.md)`\n[out](../../etc/passwd)\n",
        encoding="utf-8",
    )
    assert [line for line, _words in check_docs.broken_links(page, page.read_text(encoding="utf-8"))] == [3, 4, 5, 7]


def test_only_shell_blocks_and_code_spans_are_read_as_commands() -> None:
    text = "```sh\nmake x\n```\n\n```python\nmake y\n```\n\nRun `make z`.\n"
    assert list(check_docs.commands(text)) == [(2, "make x"), (3, ""), (9, "make z")]


def test_a_registry_host_in_a_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_docs, "ROOT", tmp_path)
    page = tmp_path / "a.txt"
    page.write_text(f"a\nhttps://{check_docs.HOSTS[0]}/simple\n", encoding="utf-8")
    assert [(name, line) for name, line, _words in check_docs.forbidden_words(page)] == [("a.txt", 2)]
