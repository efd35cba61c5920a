from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nhana:x:1000:1000::/home/hana:/bin/bash\n",
    "etc/shadow": "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nhana:$y$j9T$abc$def:20700:0:99999:7:::\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\nshadow:x:42:\nhana:x:1000:\nadm:x:4:hana\n",
    "etc/gshadow": "root:*::\n",
    "etc/hostname": "web-01\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    "etc/login.defs": "UMASK 027\nENCRYPT_METHOD YESCRYPT\n",
    "etc/default/useradd": "SHELL=/bin/sh\nINACTIVE=30\n",
    "etc/issue": "許可された者だけが使える。\n",
    "etc/adjtime": "0.0 0 0.0\n0\nUTC\n",
    "etc/profile": "umask 027\n",
    "etc/profile.d/timeout.sh": "readonly TMOUT=900; export TMOUT\n",
    "etc/pam.d/common-auth": "auth required pam_faillock.so preauth\nauth [success=1 default=ignore] pam_unix.so\n",
    "etc/pam.d/common-password": "password requisite pam_pwquality.so retry=3\npassword [success=1 default=ignore] pam_unix.so yescrypt\n",
    "etc/pam.d/su": "auth required pam_wheel.so use_uid\n",
    "etc/security/faillock.conf": "deny = 5\n",
    "etc/security/pwquality.conf": "minlen = 14\n",
    "etc/ssh/sshd_config": (
        "Include /etc/ssh/sshd_config.d/*.conf\nPermitRootLogin no\nPasswordAuthentication no\nX11Forwarding no\nMaxAuthTries 4\n"
        "LoginGraceTime 1m\nClientAliveInterval 300\nClientAliveCountMax 3\n"
    ),
    "etc/sudoers": (
        'Defaults use_pty\nDefaults env_reset\nDefaults secure_path="/usr/sbin:/usr/bin"\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n'
        "@includedir /etc/sudoers.d\n"
    ),
    "etc/crontab": "17 * * * * root true\n",
    "etc/cron.allow": "root\n",
    "etc/at.allow": "root\n",
    "etc/chrony/chrony.conf": "pool ntp.minamo.example iburst\nserver ntp1.minamo.example\n",
    "etc/modprobe.d/rare.conf": "".join(
        f"install {n} /bin/false\n"
        for n in ("dccp", "rds", "tipc", "sctp", "cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "udf")
    ),
    "etc/sysctl.d/60-hardening.conf": (
        "kernel.randomize_va_space = 2\nkernel.dmesg_restrict=1\nkernel.kptr_restrict=2\nkernel.yama.ptrace_scope=1\n"
        "kernel.unprivileged_bpf_disabled=1\nfs.protected_symlinks=1\nfs.protected_hardlinks=1\nfs.suid_dumpable=0\n"
        "net/ipv4/tcp_syncookies=1\nnet.ipv4.conf.all.accept_redirects=0\nnet.ipv4.conf.all.accept_source_route=0\n"
    ),
    "etc/snmp/snmpd.conf": "rocommunity Zk8-correct-horse 10.0.0.5\n",
    "etc/redis/redis.conf": "bind 127.0.0.1\nprotected-mode yes\n",
    "etc/postgresql/15/main/pg_hba.conf": "local all all peer\nhost all all 127.0.0.1/32 trust\nhost all all 10.0.0.0/8 scram-sha-256\n",
    "etc/systemd/system/multi-user.target.wants/chrony.service": "",
    "etc/systemd/system/multi-user.target.wants/nftables.service": "",
    "etc/dconf/db/local.d/00-lock": "[org/gnome/desktop/session]\nidle-delay=uint32 600\n[org/gnome/desktop/screensaver]\nlock-enabled=true\n",
    "etc/gdm3/daemon.conf": "[daemon]\nAutomaticLoginEnable=false\n",
    "usr/bin/Xorg": "",
    "usr/bin/sudo": "",
    "usr/bin/crontab": "",
    "usr/bin/at": "",
    "usr/sbin/sshd": "",
    "usr/sbin/chronyd": "",
    "usr/lib/systemd/systemd": "",
    "lib/modules/6.1.0/modules.dep": "kernel/net/dccp/dccp.ko.xz:\nkernel/fs/cramfs/cramfs.ko:\n",
    "boot/grub/grub.cfg": "set timeout=5\n",
    "home/hana/.profile": "",
    "var/tmp/.keep": "",
    "tmp/.keep": "",
    "root/.profile": "",
    "etc/cron.d/.keep": "",
    "etc/cron.hourly/.keep": "",
    "etc/cron.daily/.keep": "",
    "etc/cron.weekly/.keep": "",
    "etc/cron.monthly/.keep": "",
}
MODES = {
    "etc/shadow": 0o640, "etc/gshadow": 0o640, "etc/sudoers": 0o440, "boot/grub/grub.cfg": 0o600, "tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700,
    "usr/bin/sudo": 0o4755, "home/hana": 0o750,
}  # fmt: skip


@pytest.fixture
def host(tmp_path: Path) -> Callable[..., Path]:
    """Builds a host at rest that meets every rule; ``changes`` replace files (None removes one), ``modes`` permissions."""

    def build(changes: dict[str, str | bytes | None] | None = None, modes: dict[str, int] | None = None) -> Path:
        root = tmp_path / "root"
        for name, text in {**GOOD, **(changes or {})}.items():
            if text is None:
                continue
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        for path in (p for p in sorted(root.rglob("*"), reverse=True) if not p.is_symlink()):
            path.chmod(0o755 if path.is_dir() else 0o644)
        for name, mode in {**MODES, **(modes or {})}.items():
            if (root / name).exists():
                (root / name).chmod(mode)
        mask = root / "etc/systemd/system/ctrl-alt-del.target"
        if not mask.is_symlink():
            mask.symlink_to("/dev/null")
        return root

    return build
