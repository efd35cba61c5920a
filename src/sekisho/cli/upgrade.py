"""``sekisho upgrade``: after a new version was installed."""

from __future__ import annotations

from sekisho.cli.common import JsonOption, print_json, say
from sekisho.cli.django import setup


def command(as_json: JsonOption = False) -> None:
    """新しい版を入れたあとに、表と基準を新しくする（前もって backup を） / bring tables and catalogues up to date."""
    setup()
    from django.utils import timezone

    from sekisho.web.installation import prepare_database

    loaded = prepare_database(now=timezone.now())
    if as_json:
        print_json(loaded)
    else:
        say("installation.upgraded", catalogs=len(loaded), requirements=sum(loaded.values()))
