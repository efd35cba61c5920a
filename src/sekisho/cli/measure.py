"""``sekisho measure``: look at this machine (or a mounted one, or a source tree) and hand the figures on.

Exit codes: 0 measured (and sent or kept, where asked) · 2 bad input or usage · 3 missing component · 4 not permitted ·
5 conflict (a cloned machine) · 6 the server cannot be reached: everything is kept, ``sekisho measure send`` tries again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli import measure_run as runs
from sekisho.cli.common import JsonOption, language, say
from sekisho.cli.measure_output import Output, emit, working
from sekisho.cli.measure_sending import deliver, outbox_folder
from sekisho.errors import InputError, SekishoError, Unavailable

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Out = Annotated[Path | None, typer.Option(help="手で運ぶファイル（.sekisho）に書く / write a bundle to carry by hand")]
Send = Annotated[str | None, typer.Option(metavar="URL", help="サーバーへ送る / send to a server")]
TokenFile = Annotated[
    Path | None,
    typer.Option(help="機器のトークンのファイル（なければ環境変数 SEKISHO_MACHINE_TOKEN）/ file with the machine's token"),
]
OutboxOption = Annotated[
    Path | None, typer.Option(envvar="SEKISHO_OUTBOX", help="送信待ちの置き場 / where what waits to be sent is kept")
]
Name = Annotated[str | None, typer.Option(help="対象の名前 / name of what is measured")]


def _hand_on(
    results: list[runs.Result],
    failures: list[SekishoError],
    *,
    json_output: bool,
    out: Path | None,
    send: str | None,
    token_file: Path | None,
    outbox: Path | None,
    machine: str,
) -> None:
    """Keep first, then send, then show: an interrupted run has lost nothing."""
    from sekisho.engines import sending

    output = Output()
    if out:
        if not out.parent.is_dir():
            raise InputError("measure.folder_missing", folder=str(out.parent))
        sending.outbox.write_atomically(out, sending.pack(results, created=datetime.now(UTC), machine=machine))
        output.bundle = out
    if outbox or send:
        folder = outbox_folder(outbox)
        kept = sending.Outbox(folder)
        for observation, data in results:
            kept.put(observation, data)
        output.outbox = folder
    emit(results, failures, json_output=json_output, output=output, lang=language())
    if send:
        deliver(outbox_folder(outbox), send, token_file, machine)
    if failures:
        raise failures[0]


def _accepted(file: Path | None, send: str | None, token_file: Path | None) -> bytes | None:
    """The accepted settings: from a file, else from the server that the result goes to; None when there are none, or no answer.

    A missing token or a wrong address stops nothing here: what is measured is kept first, and sending then says what is wrong.
    """
    from sekisho.gateways import accepted

    if file:
        return runs.read(file)
    if not send:
        return None
    try:
        return accepted.fetch_accepted(address=send, token=runs.token(token_file))
    except InputError:
        return None
    except Unavailable as error:
        say(error.code, **error.fields)
        return None


@app.command()
def host(
    places: Annotated[list[Path] | None, typer.Argument(help="さらに探すディレクトリ / further directories to search")] = None,
    json_output: JsonOption = False,
    send: Send = None,
    token_file: TokenFile = None,
    out: Out = None,
    root: Annotated[Path, typer.Option(help="調べるシステムの根 / root of the system to inspect")] = Path("/"),
    accepted: Annotated[Path | None, typer.Option(help="承認済みの設定（snapshot）/ accepted snapshot of settings")] = None,
    windows: Annotated[Path | None, typer.Option(help="Windowsの収集ファイル / file of the Windows collector")] = None,
    outbox: OutboxOption = None,
    name: Name = None,
) -> None:
    """機器のソフトウェアと設定を測定する / measure software and settings of a host."""
    lang = language()
    agreed = _accepted(accepted, send, token_file)
    with working("measure.measuring", lang) as tell:
        asked: runs.WindowsHost | runs.LinuxHost
        if windows:
            asked = runs.WindowsHost(file=windows, accepted=agreed, name=name)
        else:
            asked = runs.LinuxHost(root=root, places=tuple(places or ()), accepted=agreed, name=name, state=outbox)
        results, failures, machine = asked.measure(now=datetime.now(UTC), tell=tell)
    _hand_on(
        results, failures, json_output=json_output, out=out, send=send, token_file=token_file, outbox=outbox, machine=machine
    )


@app.command()
def code(
    paths: Annotated[list[Path] | None, typer.Argument(help="ソースコード / source trees or files")] = None,
    json_output: JsonOption = False,
    sarif: Annotated[list[Path] | None, typer.Option(help="ほかの検査の結果（SARIF）/ results of other tools")] = None,
    bandit: Annotated[bool, typer.Option(help="Banditを実行する / run Bandit")] = True,
    previous: Annotated[Path | None, typer.Option(help="前回の測定結果（JSON）/ the previous Observation")] = None,
    send: Send = None,
    token_file: TokenFile = None,
    out: Out = None,
    outbox: OutboxOption = None,
    name: Name = None,
) -> None:
    """ソースコードの安全性を測定する / measure the security of source code."""
    with working("measure.measuring", language()) as tell:
        asked = runs.Code(paths=tuple(paths or ()), sarif=tuple(sarif or ()), with_bandit=bandit, previous=previous, name=name)
        results, machine = asked.measure(now=datetime.now(UTC), tell=tell)
    _hand_on(results, [], json_output=json_output, out=out, send=send, token_file=token_file, outbox=outbox, machine=machine)


@app.command("send")
def send_waiting(
    send: Annotated[str, typer.Option(metavar="URL", help="サーバー / server")],
    outbox: OutboxOption = None,
    token_file: TokenFile = None,
) -> None:
    """送信待ちを送る / send what waits in the outbox."""
    folder = outbox_folder(outbox)
    if not folder.is_dir():
        raise InputError("measure.folder_missing", folder=str(folder))
    deliver(folder, send, token_file, runs.this_machine())
