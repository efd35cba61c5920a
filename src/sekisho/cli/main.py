"""``sekisho``: one command group for each room and engine.

Exit codes: 0 done · 1 a check found something wrong · 2 bad input or usage · 3 missing component ·
4 not permitted or not found · 5 conflict · 6 unavailable, try again later · 70 an error of Sekisho itself · 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import typer

from sekisho.cli import problems

if TYPE_CHECKING:
    from typer import _click as click  # Typer carries its own copy

# name -> module that has ``app`` (a Typer group) or ``command`` (a function that becomes a command); imported only when used.
COMMANDS: dict[str, str] = {
    "standards": "sekisho.cli.standards",
    "measure": "sekisho.cli.measure",
    "procurement": "sekisho.cli.procurement",
    "logs": "sekisho.cli.logs",
    "intel": "sekisho.cli.intel",
    "retention": "sekisho.cli.retention",
    "deletion": "sekisho.cli.deletion",
    "privacy": "sekisho.cli.privacy",
    "leakscan": "sekisho.cli.leakscan",
    "mask": "sekisho.cli.mask",
    "init": "sekisho.cli.init",
    "demo": "sekisho.cli.demo",
    "serve": "sekisho.cli.serve",
    "worker": "sekisho.cli.worker",
    "report": "sekisho.cli.report",
    "trace": "sekisho.cli.trace",
    "ledger": "sekisho.cli.ledger",
    "backup": "sekisho.cli.backup",
    "restore": "sekisho.cli.restore",
    "upgrade": "sekisho.cli.upgrade",
    "recover": "sekisho.cli.recover",
    "manage": "sekisho.cli.manage",
}


class _Lazy(typer.core.TyperGroup):
    """Imports a command's module only when it is asked for, so that ``sekisho --help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is Typer's
        """All names, in the order in which a new user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the signature is Typer's
        """The command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name])
        if hasattr(module, "app"):
            group = typer.main.get_command(module.app)
            group.name = cmd_name
            return group
        single = typer.Typer(add_completion=False)
        single.command(name=cmd_name, **getattr(module, "SETTINGS", {}))(module.command)
        command = typer.main.get_command(single)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Lazy, name="sekisho", no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False
)


@app.callback()
def _root() -> None:
    """関所：実際の証拠から、すべての数字をたどれる報告書まで。"""


def run() -> None:
    """Entry point: every error becomes words on standard error and an exit code; nobody sees a traceback who did not ask."""
    sys.exit(problems.guarded(app))
