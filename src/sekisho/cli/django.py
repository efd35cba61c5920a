"""Starting Django for commands that work on the records."""

from __future__ import annotations

import os

from sekisho.errors import Unavailable

__all__ = ["setup"]


def setup(*, need_database: bool = True) -> None:
    """Load the settings of the present installation. Raises Unavailable ``cli.no_installation`` when there is none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    import django

    django.setup()
    if need_database:
        from django.db import connection
        from django.db.utils import Error

        from sekisho.records.ledger.models import Head

        try:
            Head.objects.exists()
        except Error as error:
            connection.close()
            raise Unavailable("cli.no_installation") from error
