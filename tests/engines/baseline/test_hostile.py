"""Untrusted roots: links out of them, devices, garbage, refused files; and parsers under random input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.baseline import FactStatus, Outcome, collect_linux, evaluate, load_rules
from sekisho.engines.baseline.derived import derive
from sekisho.engines.baseline.linux.accounts import parse_group, parse_passwd, parse_shadow, parse_wtmp
from sekisho.engines.baseline.linux.clock import parse_chrony_tracking, parse_sources, parse_timesync_offset
from sekisho.engines.baseline.linux.kernel import parse_sysctl
from sekisho.engines.baseline.linux.login import parse_pam, parse_time, parse_tmout
from sekisho.engines.baseline.linux.programs import capabilities
from sekisho.engines.baseline.linux.services import parse_proc_net
from sekisho.engines.baseline.linux.sshd import parse_line, seconds
from sekisho.engines.baseline.linux.sudo import Sudoers, parse_sudoers
from sekisho.engines.baseline.tree import Tree, TreeFile
from sekisho.errors import InputError

NOW = "2026-11-22T09:00:00+09:00"


class Refusing(Tree):
    """A tree in which some files may not be read (as root in tests everything may)."""

    refused: tuple[str, ...] = ()

    def names(self, path: str) -> list[str] | FactStatus:
        return FactStatus.DENIED if path.startswith(self.refused) else super().names(path)

    def read(self, path: str, *, limit: int = 4 * 1024 * 1024) -> TreeFile:
        if path.startswith(self.refused):
            self.denied.add(path)
            return TreeFile(path, FactStatus.DENIED)
        return super().read(path, limit=limit)


def refusing(root: Path, *paths: str) -> Refusing:
    tree = Refusing(root)
    tree.refused = paths
    return tree


@pytest.mark.parametrize("target", ["/etc/outside", "../../../../../../outside", "{outside}"])
def test_a_link_out_of_the_root_stays_inside(tmp_path, target):
    outside = tmp_path / "outside"
    outside.write_text("secret")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").symlink_to(target.format(outside=outside))
    tree = Tree(root)
    assert tree.read("/etc/passwd").data == b""
    assert not tree.exists("/etc/passwd")
    (root / "etc/dir").symlink_to("/")
    assert tree.names("/etc/dir") == ["etc"]
    assert tree.read("/../../../" + str(outside)).status is FactStatus.ABSENT


def test_absolute_links_resolve_inside_the_root_and_loops_end(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run/real").write_text("x")
    (tmp_path / "etc/link").symlink_to("/run/real")
    (tmp_path / "etc/loop").symlink_to("loop")
    tree = Tree(tmp_path)
    assert tree.read("/etc/link").data == b"x"
    assert tree.read("/etc/loop").status is FactStatus.UNPARSABLE


def test_pipes_and_huge_files_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)
    tree = Tree(tmp_path)
    assert tree.read("/pipe").status is FactStatus.UNPARSABLE
    assert tree.read("/huge").status is FactStatus.UNPARSABLE


def test_no_descriptor_is_left_open(host):
    root = host()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    collect_linux(root)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize(
    "name", ["etc/passwd", "etc/shadow", "etc/group", "etc/ssh/sshd_config", "etc/sudoers", "etc/login.defs"]
)
@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe" * 500, b"\x7fELF\x00\x01"])
def test_binary_where_text_belongs_is_an_error_never_a_pass(host, name, garbage):
    facts = derive(collect_linux(host({name: garbage})), observed_at=NOW)
    results = evaluate(facts, load_rules("linux"))
    assert any(r.outcome is Outcome.ERROR and r.reason == "unparsable" for r in results)


@pytest.mark.parametrize(
    ("refused", "rule"),
    [
        ("/etc/shadow", "no_empty_passwords"),
        ("/etc/sudoers", "sudo_password_for_everything"),
        ("/etc/ssh/sshd_config", "ssh_no_root_login"),
        ("/etc/postgresql", "postgresql_no_trust"),
        ("/etc/snmp", "snmp_community"),
        ("/etc/pam.d", "lockout"),
    ],
)
def test_what_may_not_be_read_is_an_error_never_a_pass(host, refused, rule):
    root = host()
    facts = derive(collect_linux(root, tree=refusing(root, refused)), observed_at=NOW)
    result = next(r for r in evaluate(facts, load_rules("linux")) if r.rule == f"linux.{rule}")
    assert (result.outcome, result.reason) == (Outcome.ERROR, "denied")


def test_nothing_readable_is_an_error(host):
    root = host()
    with pytest.raises(InputError, match="nothing_readable"):
        collect_linux(root, tree=refusing(root, "/"))


def test_an_empty_directory_is_not_a_system(tmp_path):
    with pytest.raises(InputError, match="not_a_system"):
        collect_linux(tmp_path)


def test_a_root_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(InputError, match="root_missing"):
        collect_linux(tmp_path / "gone")


def test_sudoers_that_include_themselves_and_sshd_include_loops_end(host):
    root = host(
        {"etc/sudoers": "@include /etc/sudoers\n", "etc/ssh/sshd_config": "Include /etc/ssh/sshd_config\nPermitRootLogin no\n"}
    )
    facts = collect_linux(root)
    assert facts.value("sshd.option.permitrootlogin") == ["no"]


TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)
LINES = st.lists(st.text(alphabet="abcXYZ019:=#!@$ \t\\\"',+-*()[]%/.\n", max_size=60), max_size=12).map("\n".join)


@given(st.one_of(TEXT, LINES))
def test_text_parsers_never_raise_anything_else(text):
    parse_passwd(text)
    parse_shadow(text)
    parse_group(text)
    parse_sysctl(text)
    parse_sudoers(text, Sudoers())
    parse_pam(text)
    parse_tmout(text)
    parse_time(text)
    parse_sources(text)
    parse_chrony_tracking(text)
    parse_timesync_offset(text)
    parse_proc_net(text, "tcp")
    seconds(text)
    for line in text.split("\n"):
        try:
            parse_line(line)
        except ValueError:
            continue


@given(st.binary(max_size=2000))
def test_binary_parsers_never_raise(data):
    parse_wtmp(data)
    capabilities(data)


@given(st.text(alphabet="abc", min_size=1, max_size=8), st.integers(0, 2**31), st.integers(0, 2**31))
def test_passwd_rows_survive(name, uid, gid):
    rows, bad = parse_passwd(f"{name}:x:{uid}:{gid}:c:/home/{name}:/bin/sh\n")
    assert [(r.name, r.uid, r.gid) for r in rows] == [(name, uid, gid)]
    assert bad == []


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,6}){1,3}", fullmatch=True), st.integers(-9, 9), max_size=6))
def test_sysctl_reads_what_was_written(settings):
    text = "".join(f"{k} = {v}\n" for k, v in settings.items())
    assert parse_sysctl(text) == {k: str(v) for k, v in settings.items()}


def test_listening_sockets_are_read_from_the_kernel_table():
    table = "  sl  local_address rem_address   st\n   0: 0100007F:0CEA 00000000:0000 0A 0\n   1: 00000000:0016 00000000:0000 0A 0\n   2: 0100007F:9999 0100007F:0CEA 01 0\n"
    assert parse_proc_net(table, "tcp") == {("tcp", "127.0.0.1", 3306), ("tcp", "0.0.0.0", 22)}
    six = "head\n 0: 00000000000000000000000001000000:0050 0:0 0A\n 1: 0000000000000000FFFF00000100007F:0051 0:0 0A\n"
    assert parse_proc_net(six, "tcp") == {("tcp", "::1", 80), ("tcp", "127.0.0.1", 81)}


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("1m30s", 90), ("2h", 7200), ("0", 0), ("", None), ("soon", None), ("5x", None)]
)
def test_sshd_times(text, expected):
    assert seconds(text) == expected
