"""``sekisho manage …``: Django's own commands (migrate, shell, check …) with Sekisho's settings."""

from __future__ import annotations

import os
from typing import Any

import typer

# Everything after ``manage`` is Django's, ``--help`` included.
SETTINGS: dict[str, Any] = {
    "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    "add_help_option": False,
}


def command(ctx: typer.Context) -> None:
    """Django の管理命令をそのまま実行する / pass through to Django's management commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["sekisho manage", *ctx.args])
