"""Starting Django for commands that work on the records."""

from __future__ import annotations

import os

from sekisho.errors import Unavailable

__all__ = ["setup"]


def setup(*, need_database: bool = True) -> None:
    """Load the settings of the present installation.

    Raises Unavailable ``cli.no_installation`` when there is none, and one of ``database.*`` when there is one whose database is
    locked, full or out of reach.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    import django

    django.setup()
    if need_database:
        _look()


def _look() -> None:
    """Ask the database for anything."""
    from django.conf import settings
    from django.db import connection
    from django.db.utils import Error

    from sekisho.records.database import explain
    from sekisho.records.ledger.models import Head
    from sekisho.web.config import sqlite_file

    file = sqlite_file(settings.CONFIG.database_url)
    if file is not None and not file.exists():
        raise Unavailable("cli.no_installation")  # asking SQLite would make an empty file
    try:
        Head.objects.exists()
    except Error as error:
        connection.close()
        raise explain(error) or Unavailable("cli.no_installation") from error
