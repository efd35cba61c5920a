"""``sekisho serve``: pages, API and worker in one process."""

from __future__ import annotations

import errno
import signal
import socket
from typing import Annotated, Any

import typer

from sekisho.cli.common import say
from sekisho.cli.django import setup
from sekisho.errors import InputError, NotPermitted, Unavailable

_LAST_PORT = 65535


def command(
    listen: Annotated[str, typer.Option(help="待ち受ける所 / where to listen")] = "127.0.0.1:8000",
    threads: Annotated[int, typer.Option(help="同時に答える数 / threads", min=1, max=64)] = 8,
    worker: Annotated[bool, typer.Option(help="ジョブも同じプロセスで動かす / run jobs in the same process")] = True,
    trusted_proxy: Annotated[
        str, typer.Option(help="前段のTLSプロキシのアドレス（https の環境だけ） / the TLS proxy in front (only with https)")
    ] = "127.0.0.1",
) -> None:
    """ページ・API・ジョブを動かす / serve pages and API, and run jobs."""
    check_listen(listen)
    setup()
    start(listen=listen, threads=threads, worker=worker, trusted_proxy=trusted_proxy)


def _proxy(address: str) -> dict[str, Any]:
    """What waitress has to know of the proxy in front; nothing without one."""
    if not address:
        return {}
    headers = {"x-forwarded-for", "x-forwarded-proto"}
    return {"trusted_proxy": address, "trusted_proxy_count": 1, "trusted_proxy_headers": headers}


def check_listen(listen: str) -> None:
    """Raises InputError, NotPermitted or Unavailable when ``listen`` (``address:port``) cannot be served on."""
    host, colon, port = listen.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) <= _LAST_PORT):
        raise InputError("installation.listen_invalid", listen=listen)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Unavailable("installation.port_used", listen=listen) from error
            if error.errno in {errno.EACCES, errno.EPERM}:
                raise NotPermitted("installation.port_denied", listen=listen) from error
            raise InputError("installation.listen_invalid", listen=listen) from error


def _stop(_number: int, _frame: object) -> None:
    """What a service manager sends: end as after Ctrl+C, with the running job finished or given back."""
    raise KeyboardInterrupt


def start(*, listen: str, threads: int = 8, worker: bool = True, trusted_proxy: str = "127.0.0.1") -> None:
    """Serve until interrupted. Django must be set up. Raises as ``check_listen``.

    Who asks and by which scheme is believed from ``trusted_proxy`` alone, and only in an installation with an https address:
    elsewhere there is no proxy, and anybody on this machine could write these headers.
    """
    from django.conf import settings
    from waitress.server import create_server

    from sekisho.web.wsgi import application

    check_listen(listen)
    server = create_server(
        application,
        listen=listen,
        threads=threads,
        ident="",
        max_request_body_size=settings.SEKISHO_MAX_UPLOAD + 1024 * 1024,
        clear_untrusted_proxy_headers=True,
        **_proxy(trusted_proxy if settings.CONFIG.https else ""),
    )
    stop = None
    if worker:
        from sekisho.records.jobs.worker import start_embedded

        stop = start_embedded()
    signal.signal(signal.SIGTERM, _stop)
    say("installation.serving", address=f"http://{listen}")
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
        if stop is not None:
            stop()
