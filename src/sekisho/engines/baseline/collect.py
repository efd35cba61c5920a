"""Collecting the facts of a Linux host: the running one, or what lies under a directory (mounted disk, container)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.baseline.facts import Facts, FactsBuilder
from sekisho.engines.baseline.linux import accounts, clock, files, kernel, login, programs, services, sshd, sudo
from sekisho.engines.baseline.linux.context import Context
from sekisho.engines.baseline.tree import Tree
from sekisho.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from sekisho.engines.baseline.linux.context import KernelClockReader, Run

__all__ = ["collect_linux"]

_ANCHORS = ("/etc/passwd", "/etc/os-release", "/usr/lib/os-release", "/etc/debian_version", "/etc/redhat-release")
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


def collect_linux(
    root: Path,
    *,
    run: Run | None = None,
    privileged: bool = False,
    kernel_clock: KernelClockReader | None = None,
    tree: Tree | None = None,
) -> Facts:
    """Read the facts of the system under ``root``.

    Args:
        root: ``/`` for the running host, else where a system is mounted. Nothing outside it is ever read.
        run: runs one of the fixed queries (``systemctl``, ``timedatectl``, ``chronyc``) on the running host and returns its
            output, None if it is missing or failed; left out, nothing is run. Never used for another root.
        privileged: whether the collector has full rights; only recorded, the statuses of the facts tell what it could read.
        kernel_clock: asks the running kernel about its clock; never used for another root.
        tree: reads the files; tests hand in one that refuses some.

    Raises:
        InputError: the root is no directory (``baseline.root_missing``), holds no Linux system (``baseline.not_a_system``), or
            nothing in it may be read (``baseline.nothing_readable``).
    """
    tree = tree or Tree(root)
    present = [path for path in _ANCHORS if tree.exists(path)]
    if not present:
        raise InputError("baseline.nothing_readable" if tree.denied else "baseline.not_a_system", root=str(root))
    if not any(tree.read(path).ok for path in present):
        raise InputError("baseline.nothing_readable", root=str(root))
    live = root.resolve() == root.resolve().parent
    context = Context(
        tree=tree,
        facts=FactsBuilder(),
        live=live,
        container=any(tree.exists(mark) for mark in _CONTAINER_MARKS),
        run=run if live else None,
        kernel_clock=kernel_clock if live else None,
    )
    context.facts.add("host.container", context.container)
    context.facts.add("host.live", context.live, volatile=True)
    for read in (accounts.read_accounts, sshd.read_sshd):
        read(tree, context.facts)
    for read_more in (
        sudo.read_sudo,
        services.read_services,
        kernel.read_kernel,
        programs.read_programs,
        files.read_files,
        clock.read_clock,
        login.read_login,
    ):
        read_more(context)
    hostname = tree.read("/proc/sys/kernel/hostname") if live else tree.read("/etc/hostname")
    return Facts(
        platform="linux",
        hostname=hostname.text.strip()[:253] if hostname.ok else "",
        root=str(root),
        live=live,
        container=context.container,
        privileged=privileged,
        facts=dict(sorted(context.facts.facts.items())),
    )
