"""``sekisho ledger``: read and verify the record of every change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.cli.django import setup
from sekisho.errors import InputError
from sekisho.standards import texts

app = typer.Typer(no_args_is_help=True, help="記録簿の検証と、署名つきの先頭 / verify the ledger, export its signed head")


@app.command()
def verify(
    as_json: JsonOption = False,
    head: Annotated[Path | None, typer.Option(help="署名つきの先頭のファイル / a signed head to compare with")] = None,
    public_key: Annotated[str, typer.Option(help="信頼する公開鍵（base64） / the trusted public key")] = "",
) -> None:
    """鎖をはじめから終わりまで確かめる（合わなければ終了コード1） / walk the whole chain; exit code 1 when it does not hold."""
    setup()
    from sekisho.records.ledger import queries

    result = queries.verify().as_dict()
    if head is not None:
        problem = _compare(head, public_key)
        if problem:
            result["ok"] = False
            result["breaks"] = [*result["breaks"], problem]
    if as_json:
        print_json(result)
    else:
        say("ledger.verified" if result["ok"] else "ledger.broken", entries=result["entries"], count=len(result["breaks"]))
        for broken in result["breaks"]:
            typer.echo(f"  {broken['sequence']}: {texts.render(broken['code'], broken, language())}")
    if not result["ok"]:
        raise typer.Exit(1)


def _compare(path: Path, public_key: str) -> dict[str, object] | None:
    """What is wrong with a signed head against the present chain; None if nothing."""
    from sekisho.records.ledger import signing
    from sekisho.records.ledger.models import Entry

    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        sequence = int(given["sequence"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("cli.unreadable_file", file=str(path)) from error
    if not public_key or not signing.check_signed_head(given, trusted_public_key=public_key):
        return {"sequence": sequence, "code": "ledger.signature_wrong"}
    if not Entry.objects.filter(sequence=sequence, hash=given["hash"]).exists():
        return {"sequence": sequence, "code": "ledger.head_not_in_chain"}
    return None


@app.command("export-head")
def export_head(out: Annotated[Path | None, typer.Option(help="書き出すファイル / file to write")] = None) -> None:
    """いまの先頭に署名して書き出す / sign the present head and write it."""
    setup()
    from django.conf import settings
    from django.utils import timezone

    from sekisho.records.ledger import queries, signing

    sequence, digest = queries.head()
    key = signing.load_or_make_key(settings.CONFIG.keys)
    signed = signing.sign_head(key, sequence=sequence, digest=digest, at=timezone.now().isoformat())
    if out is None:
        print_json(signed)
    else:
        out.write_text(json.dumps(signed, indent=2) + "\n", encoding="utf-8")
