"""``sekisho measure``: look at this machine (or a mounted one, or a source tree) and hand the figures on.

Exit codes: 0 measured (and sent or kept, where asked) · 2 bad input or usage · 3 missing component · 4 not permitted ·
5 conflict (a cloned machine) · 6 the server cannot be reached: everything is kept, ``sekisho measure send`` tries again.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.cli.common import JsonOption
from sekisho.cli.measure_output import emit

if TYPE_CHECKING:
    from sekisho.engines.observation import Observation

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def host(
    places: Annotated[list[Path] | None, typer.Argument(help="さらに探すディレクトリ / further directories to search")] = None,
    json_output: JsonOption = False,
    root: Annotated[Path, typer.Option(help="調べるシステムの根 / root of the system to inspect")] = Path("/"),
) -> None:
    """この機器に入っているソフトウェアと設定を測定する。"""
    from sekisho.engines import sbom

    now = datetime.now(UTC)
    inventory = sbom.collect(root, places=[str(place) for place in places or ()])
    name = socket.gethostname()
    results: list[tuple[Observation, dict[str, bytes]]] = [
        sbom.observe(inventory, now=now, host=name, privileged=os.geteuid() == 0)
    ]
    emit(results, json_output=json_output)
