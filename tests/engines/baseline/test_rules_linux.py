"""Each rule, once met and once broken, on a host at rest."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest

from sekisho.engines.baseline import CONSIDERATIONS, Fact, Facts, FactStatus, Outcome, collect_linux, evaluate, load_rules
from sekisho.engines.baseline.derived import derive

NOW = "2026-11-22T09:00:00+09:00"
RULES = load_rules("linux")


def outcomes(root) -> dict[str, Outcome]:
    facts = derive(collect_linux(root), observed_at=NOW)
    return {r.rule: r.outcome for r in evaluate(facts, RULES)}


def test_at_least_forty_rules_over_all_eight_considerations():
    assert len(RULES.rules) >= 60
    assert {r.consideration for r in RULES.rules} == set(CONSIDERATIONS)
    assert all(sum(r.consideration == c for r in RULES.rules) >= 5 for c in CONSIDERATIONS)


def test_a_hardened_host_fails_nothing_and_passes_nearly_all(host):
    if os.getuid() != 0:
        pytest.skip("files must belong to root")
    found = outcomes(host())
    assert [k for k, v in found.items() if v in (Outcome.FAIL, Outcome.ERROR)] == []
    unknown = {k.removeprefix("linux.") for k, v in found.items() if v is Outcome.NOT_APPLICABLE}
    running_only = {"no_legacy_ports", "no_open_mail", "no_open_databases", "time_synchronised", "time_offset"}
    assert unknown == running_only | {"no_unused_accounts"}  # this host keeps no log-in records


P = "root:x:0:0::/root:/bin/bash\n"
BROKEN: list[tuple[str, dict[str, Any], dict[str, int]]] = [
    ("only_root_uid_zero", {"etc/passwd": P + "toor:x:0:0::/root:/bin/sh\n"}, {}),
    ("gid_zero_root_only", {"etc/passwd": P + "op:x:1001:0::/root:/bin/sh\n"}, {}),
    ("ssh_no_root_login", {"etc/ssh/sshd_config": "PermitRootLogin yes\n"}, {}),
    ("ssh_no_root_login", {"etc/ssh/sshd_config": "PermitRootLogin no\nMatch Address 10.0.0.0/8\n PermitRootLogin yes\n"}, {}),
    ("ssh_no_root_login", {"etc/ssh/sshd_config.d/50-cloud.conf": "PermitRootLogin yes\n"}, {}),
    ("ssh_no_root_login", {"etc/ssh/sshd_config": "# nothing\n"}, {}),
    ("root_equal_groups_empty", {"etc/group": "root:x:0:\ndocker:x:999:hana\n"}, {}),
    ("sudo_password_for_everything", {"etc/sudoers.d/cloud": "hana ALL=(ALL) NOPASSWD: ALL\n"}, {}),
    ("sudo_password_for_everything", {"etc/sudoers.d/cloud": "Cmnd_Alias A = ALL\nhana ALL = \\\n NOPASSWD: A\n"}, {}),
    ("sudo_authenticates", {"etc/sudoers.d/x": "Defaults !authenticate\n"}, {}),
    ("sudo_use_pty", {"etc/sudoers": "root ALL=(ALL) ALL\n"}, {}),
    ("sudo_logged", {"etc/sudoers.d/x": "Defaults !syslog\n"}, {}),
    ("sudo_secure_path", {"etc/sudoers": "Defaults use_pty\n"}, {}),
    ("sudo_timestamp", {"etc/sudoers.d/x": "Defaults timestamp_timeout=-1\n"}, {}),
    ("su_restricted", {"etc/pam.d/su": "#auth required pam_wheel.so\nauth sufficient pam_rootok.so\n"}, {}),
    ("system_accounts_no_shell", {"etc/passwd": P + "postgres:x:101:101::/:/bin/bash\n"}, {}),
    ("system_accounts_locked", {"etc/shadow": "daemon:$6$a$b:20000:0:99999:7:::\n"}, {}),
    ("no_duplicate_uids", {"etc/passwd": P + "a:x:1001:1000::/:/bin/sh\nb:x:1001:1000::/:/bin/sh\n"}, {}),
    ("no_unknown_groups", {"etc/passwd": P + "a:x:1001:4242::/:/bin/sh\n"}, {}),
    ("no_nis_entries", {"etc/passwd": P + "+::::::\n"}, {}),
    ("people_have_homes", {"etc/passwd": P + "a:x:1001:1000::/home/gone:/bin/sh\n"}, {}),
    ("inactive_lock", {"etc/default/useradd": "# INACTIVE=-1\n"}, {}),
    ("no_keys_without_shell", {"usr/sbin/.ssh/authorized_keys": "ssh-ed25519 AAAA\n"}, {}),
    ("no_legacy_services", {"usr/sbin/in.telnetd": ""}, {}),
    ("no_inetd_services", {"etc/inetd.conf": "#off\ntelnet stream tcp nowait root /usr/sbin/tcpd\n"}, {}),
    ("no_inetd_services", {"etc/xinetd.d/tftp": "service tftp\n{\n  disable = no\n}\n"}, {}),
    ("no_discovery", {"etc/systemd/system/multi-user.target.wants/avahi-daemon.service": ""}, {}),
    ("no_printing", {"etc/systemd/system/multi-user.target.wants/cups.service": ""}, {}),
    ("no_file_sharing", {"etc/systemd/system/multi-user.target.wants/smbd.service": ""}, {}),
    ("no_ftp", {"etc/systemd/system/multi-user.target.wants/vsftpd.service": ""}, {}),
    ("no_automount", {"etc/systemd/system/multi-user.target.wants/autofs.service": ""}, {}),
    ("host_firewall", {"etc/systemd/system/multi-user.target.wants/nftables.service": None}, {}),
    ("no_rare_network_modules", {"etc/modprobe.d/rare.conf": "blacklist dccp\n"}, {}),
    ("no_rare_filesystems", {"etc/modprobe.d/rare.conf": "\n"}, {}),
    ("no_setuid_shells", {"usr/local/bin/bash": ""}, {"usr/local/bin/bash": 0o4755}),
    ("no_setuid_shells", {"usr/bin/python3.11": ""}, {"usr/bin/python3.11": 0o6755}),
    ("no_unknown_setuid", {"opt/tool/helper": ""}, {"opt/tool/helper": 0o4755}),
    ("path_not_writable", {"usr/local/bin/tool": ""}, {"usr/local/bin/tool": 0o777}),
    ("path_not_writable", {"usr/local/bin/tool": ""}, {"usr/local/bin": 0o777}),
    ("no_sniffers", {"usr/bin/tcpdump": ""}, {"usr/bin/tcpdump": 0o755}),
    ("no_compilers", {"usr/bin/gcc": ""}, {"usr/bin/gcc": 0o755}),
    ("no_debuggers", {"usr/bin/gdb": ""}, {"usr/bin/gdb": 0o755}),
    ("cron_restricted", {"etc/cron.allow": None}, {}),
    ("at_restricted", {"etc/at.allow": None}, {}),
    ("perm_passwd", {}, {"etc/passwd": 0o666}),
    ("perm_group", {}, {"etc/group": 0o664}),
    ("perm_shadow", {}, {"etc/shadow": 0o644}),
    ("perm_gshadow", {}, {"etc/gshadow": 0o644}),
    ("perm_sudoers", {}, {"etc/sudoers": 0o644}),
    ("perm_sshd_config", {}, {"etc/ssh/sshd_config": 0o664}),
    ("perm_crontab", {}, {"etc/cron.daily": 0o775}),
    ("perm_grub", {}, {"boot/grub/grub.cfg": 0o644}),
    ("perm_tmp_sticky", {}, {"tmp": 0o777}),
    ("perm_root_home", {}, {"root": 0o755}),
    ("etc_not_world_writable", {}, {"etc/hostname": 0o666}),
    ("private_keys_protected", {"etc/ssh/ssh_host_ed25519_key": "x"}, {"etc/ssh/ssh_host_ed25519_key": 0o644}),
    ("homes_protected", {}, {"home/hana": 0o777}),
    ("no_trust_files", {"home/hana/.netrc": "x"}, {}),
    ("umask", {"etc/login.defs": "UMASK 022\nENCRYPT_METHOD SHA512\n"}, {}),
    ("ssh_no_user_environment", {"etc/ssh/sshd_config": "PermitUserEnvironment yes\n"}, {}),
    ("ssh_no_x11", {"etc/ssh/sshd_config": 'X11Forwarding "yes"\n'}, {}),
    ("time_daemon", {"usr/sbin/chronyd": None}, {}),
    ("time_daemon_enabled", {"etc/systemd/system/multi-user.target.wants/chrony.service": None}, {}),
    ("time_daemon_enabled", {"etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service": ""}, {}),
    ("time_sources", {"etc/chrony/chrony.conf": "driftfile /var/lib/chrony/drift\n"}, {}),
    ("time_sources_several", {"etc/chrony/chrony.conf": "server a\nserver b # c\n"}, {}),
    ("hardware_clock_utc", {"etc/adjtime": "0.0 0 0.0\n0\nLOCAL\n"}, {}),
    ("no_empty_passwords", {"etc/shadow": "hana::20000:0:99999:7:::\n"}, {}),
    ("no_empty_passwords", {"etc/passwd": P + "a::1001:1000::/:/bin/sh\n"}, {}),
    (
        "no_default_accounts",
        {"etc/passwd": P + "pi:x:1001:1000::/:/bin/sh\n", "etc/shadow": "pi:$6$a$b:20000:0:99999:7:::\n"},
        {},
    ),
    ("no_weak_password_hashes", {"etc/shadow": "hana:$1$a$b:20000:0:99999:7:::\n"}, {}),
    ("no_weak_password_hashes", {"etc/shadow": "hana:abJnggxhB/yWI:20000:0:99999:7:::\n"}, {}),
    ("snmp_community", {"etc/snmp/snmpd.conf": "rocommunity public default\n"}, {}),
    ("snmp_community", {"etc/snmp/snmpd.conf": "com2sec notConfig default PUBLIC\n"}, {}),
    ("postgresql_no_trust", {"etc/postgresql/15/main/pg_hba.conf": "host all all 0.0.0.0/0 trust\n"}, {}),
    ("redis_protected", {"etc/redis/redis.conf": "bind 0.0.0.0\nprotected-mode no\n"}, {}),
    ("password_hash_default", {"etc/login.defs": "UMASK 027\nENCRYPT_METHOD MD5\n"}, {}),
    ("password_length", {"etc/security/pwquality.conf": "# minlen = 14\n"}, {}),
    ("lockout", {"etc/pam.d/common-auth": "auth required pam_unix.so\n"}, {}),
    ("lockout", {"etc/security/faillock.conf": "deny = 0\n"}, {}),
    ("no_nullok", {"etc/pam.d/common-auth": "auth [success=1 default=ignore] pam_unix.so nullok\n"}, {}),
    ("no_automatic_login", {"etc/gdm3/daemon.conf": "[daemon]\nAutomaticLoginEnable = True\n"}, {}),
    (
        "no_automatic_login",
        {"etc/systemd/system/getty@tty1.service.d/auto.conf": "[Service]\nExecStart=-/sbin/agetty --autologin hana %I\n"},
        {},
    ),
    ("banner_neutral", {"etc/issue": "Debian GNU/Linux 12 \\n \\l\n"}, {}),
    ("ssh_keys_only", {"etc/ssh/sshd_config": "\n"}, {}),
    ("ssh_max_auth_tries", {"etc/ssh/sshd_config": "MaxAuthTries 6\n"}, {}),
    ("ssh_no_weak_algorithms", {"etc/ssh/sshd_config": "Ciphers +3des-cbc\n"}, {}),
    ("ssh_no_hostbased", {"etc/ssh/sshd_config": "HostbasedAuthentication=yes\n"}, {}),
    ("ssh_no_empty_passwords", {"etc/ssh/sshd_config": "PermitEmptyPasswords yes\n"}, {}),
    ("ssh_idle_logoff", {"etc/ssh/sshd_config": "ClientAliveInterval 0\n"}, {}),
    ("ssh_idle_logoff", {"etc/ssh/sshd_config": "ClientAliveInterval 10m\nClientAliveCountMax 3\n"}, {}),
    ("ssh_login_grace", {"etc/ssh/sshd_config": "LoginGraceTime 0\n"}, {}),
    ("ssh_max_sessions", {"etc/ssh/sshd_config": "MaxSessions 50\n"}, {}),
    ("shell_timeout", {"etc/profile.d/timeout.sh": "# TMOUT=600\n"}, {}),
    ("shell_timeout_readonly", {"etc/profile.d/timeout.sh": "TMOUT=600\n"}, {}),
    ("screen_lock", {"etc/dconf/db/local.d/00-lock": "[org/gnome/desktop/session]\nidle-delay=uint32 0\n"}, {}),
    *[
        (rule, {"etc/sysctl.d/99-z.conf": f"{name} = {value}\n"}, {})
        for rule, name, value in (
            ("aslr", "kernel.randomize_va_space", 0),
            ("dmesg_restricted", "kernel.dmesg_restrict", 0),
            ("kptr_restricted", "kernel.kptr_restrict", 0),
            ("unprivileged_bpf", "kernel.unprivileged_bpf_disabled", 0),
            ("protected_links", "fs.protected_hardlinks", 0),
            ("no_setuid_dumps", "fs.suid_dumpable", 1),
            ("syncookies", "net.ipv4.tcp_syncookies", 0),
            ("ptrace_restricted", "kernel.yama.ptrace_scope", 0),
            ("no_redirects", "net.ipv4.conf.all.accept_redirects", 1),
            ("no_source_route", "net.ipv4.conf.all.accept_source_route", 1),
        )
    ],
]


@pytest.mark.parametrize(("rule", "changes", "modes"), BROKEN, ids=[f"{r}-{n}" for n, (r, _, _) in enumerate(BROKEN)])
def test_a_broken_setting_fails_its_rule(host, rule, changes, modes):
    assert outcomes(host(changes, modes))[f"linux.{rule}"] is Outcome.FAIL


def test_every_rule_has_a_case_in_which_it_fails():
    elsewhere = {"no_unused_accounts", "no_legacy_ports", "no_open_mail", "no_open_databases", "time_synchronised", "time_offset",
                 "no_dangerous_capabilities", "etc_owned", "ctrl_alt_del"}  # fmt: skip
    assert {r.id.removeprefix("linux.") for r in RULES.rules} - elsewhere == {r for r, _, _ in BROKEN}


def with_fact(facts: Facts, key: str, value: Any) -> Facts:
    return Facts(platform="linux", hostname="", root="/", live=True, container=False, privileged=True,
                 facts={**facts.facts, key: Fact(status=FactStatus.READABLE, value=value)})  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "key", "bad", "good"),
    [
        ("no_legacy_ports", "ports.legacy", ["tcp/23 [0.0.0.0]"], []),
        ("no_open_mail", "ports.mail_open", ["tcp/25 [0.0.0.0]"], []),
        ("no_open_databases", "ports.database_open", ["tcp/5432 [0.0.0.0]"], []),
        ("time_synchronised", "clock.synchronised", False, True),
        ("time_offset", "clock.offset_seconds", 1.5, 0.2),
        ("no_dangerous_capabilities", "programs.capabilities", {"/usr/bin/python3": ["cap_setuid"]}, {}),
        ("etc_owned", "etc.unowned", ["/etc/x"], []),
        ("ctrl_alt_del", "services.ctrl_alt_del_masked", False, True),
    ],
)
def test_rules_on_facts_of_a_running_host(host, rule, key, bad, good):
    facts = derive(collect_linux(host()), observed_at=NOW)
    for value, expected in ((bad, Outcome.FAIL), (good, Outcome.PASS)):
        found = {r.rule: r.outcome for r in evaluate(with_fact(facts, key, value), RULES)}
        assert found[f"linux.{rule}"] is expected


def test_an_account_not_used_for_ninety_days_is_found_in_lastlog_and_wtmp(host):
    def lastlog(time: int) -> bytes:
        return b"\0" * (1000 * 292) + struct.pack("<i32s256s", time, b"pts/0", b"")

    old, fresh = 1_770_000_000, 1_795_000_000
    shadow = "hana:$y$x:20000:0:99999:7:::\n"
    assert outcomes(host({"var/log/lastlog": lastlog(old), "etc/shadow": shadow}))["linux.no_unused_accounts"] is Outcome.FAIL
    assert outcomes(host({"var/log/lastlog": lastlog(fresh), "etc/shadow": shadow}))["linux.no_unused_accounts"] is Outcome.PASS
    entry = struct.pack("<hxxi32s4s32s256shhiii4i20x", 7, 1, b"pts/0", b"0", b"hana", b"", 0, 0, 0, fresh, 0, 0, 0, 0, 0)
    wtmp = {"var/log/lastlog": lastlog(old), "var/log/wtmp": entry + b"half", "etc/shadow": shadow}
    assert outcomes(host(wtmp))["linux.no_unused_accounts"] is Outcome.PASS


def test_container_asks_nothing_of_the_clock_daemon_that_its_host_runs(host):
    found = outcomes(host({".dockerenv": "", "usr/sbin/chronyd": None}))
    assert found["linux.time_daemon"] is Outcome.NOT_APPLICABLE
