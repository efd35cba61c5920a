"""``sekisho standards``: read, search and check the catalogues and the other facts."""

from __future__ import annotations

import typer

from sekisho.cli.common import JsonOption, language, print_json
from sekisho.standards import catalog as data

app = typer.Typer(
    no_args_is_help=True, help="基準（管理策・遵守事項など）を読む・探す・確かめる / read, search and check the standards"
)


@app.command("list")
def list_(*, json_: JsonOption = False) -> None:
    """組み込みの基準の一覧 / the included catalogues."""
    lang = language()
    rows = [
        {
            "id": c.id,
            "edition": c.edition,
            "items": len(c.requirements),
            "title": {"ja": c.title.ja, "en": c.title.en},
            "unit": {"ja": c.unit.ja, "en": c.unit.en},
            "status": c.status,
            "confidence": c.confidence,
        }
        for c in data.catalogs().values()
    ]
    if json_:
        print_json(rows)
        return
    for c in data.catalogs().values():
        typer.echo(f"{c.id:24}{c.edition:12}{len(c.requirements):>5} {c.unit.get(lang)}  {c.title.get(lang)}")
