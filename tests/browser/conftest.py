"""One served installation for all browser tests, and browsers of its people. Nothing in these processes touches Django."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import messages
import pytest
import pytest_socket
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.engines.baseline.conftest import GOOD, MODES
from tests.engines.sbom.conftest import STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = os.environ.get("SEKISHO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WIDE = (1440, 1000)
SEKISHO = Path(sys.executable).with_name("sekisho")
_START_WITHIN = 90  # seconds


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not there"))


def make_root(root: Path, changes: dict[str, str] | None = None) -> Path:
    """A small Debian system at rest that meets the settings' rules, with ``changes`` of files."""
    files = {**GOOD, "var/lib/dpkg/status": STATUS, "etc/machine-id": "5e6f" * 8 + "\n", **(changes or {})}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    for path in (p for p in root.rglob("*") if p.is_dir()):
        path.chmod(0o755)
    for name, mode in MODES.items():
        if (root / name).exists():
            (root / name).chmod(mode)
    mask = root / "etc/systemd/system/ctrl-alt-del.target"
    if not mask.is_symlink():
        mask.symlink_to("/dev/null")
    return root


@dataclass(frozen=True, slots=True)
class Town:
    """A served installation: where it listens, its home, the system that its machine reports about."""

    address: str
    home: Path
    root: Path
    password: str

    @property
    def at(self) -> str:
        """Address of the city's pages."""
        return f"{self.address}/o/minamo"

    def measure(self) -> str:
        """Measure the system as it is now and send the result as its machine does; returns what the program said."""
        command = [str(SEKISHO), "measure", "host", "--root", str(self.root), "--send", self.address]
        command += ["--token-file", str(self.home / "machine.token"), "--outbox", str(self.home / "outbox-host")]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120, env=_environment(self.home))
        return done.stdout + done.stderr


def _environment(home: Path) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "DJANGO_"))}
    return {**inherited, "SEKISHO_HOME": str(home), "PYTHONUTF8": "1"}


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def _sockets() -> None:
    """Fixtures of the session come before the marker of the first test is looked at."""
    pytest_socket.enable_socket()


@pytest.fixture(scope="session")
def town(_sockets: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Prepared, then served by a process of its own, as in a real installation."""
    messages.compile_all()
    folder = tmp_path_factory.mktemp("town")
    home, root, log = folder / "home", make_root(folder / "root"), folder / "server.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    program = Path(__file__).with_name("prepare.py")
    made = subprocess.run(
        [sys.executable, str(program), str(home), listen, str(root)],
        check=False, capture_output=True, text=True, env=_environment(home), timeout=900,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-4000:]
    password = json.loads((home / "demo.json").read_text(encoding="utf-8"))["password"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(SEKISHO), "serve", "--listen", listen], env=_environment(home), stdout=output, stderr=output
        )
    try:
        _wait(f"http://{listen}/account/login/", server, log)
        yield Town(address=f"http://{listen}", home=home, root=root, password=password)
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium(_sockets: None) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@dataclass(slots=True)
class Visitor:
    """A person's browser: log in as somebody, look at pages, and remember what the console complained of."""

    town: Town
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def log_in(self, login: str) -> Page:
        """Log in through the form."""
        self.page.goto(f"{self.town.address}/account/login/")
        self.page.fill("#id_login", login)
        self.page.fill("#id_password", self.town.password)
        self.page.click("form.form button.btn")
        expect(self.page.locator("#id_password")).to_have_count(0)
        return self.page

    def speak(self, language: str) -> None:
        """Choose the language in the person's menu."""
        if self.page.locator("html").get_attribute("lang") != language:
            self.page.click(".user-menu summary")
            self.page.click(f".user-menu button[value={language}]")
            expect(self.page.locator("html")).to_have_attribute("lang", language)


@pytest.fixture
def visit(town: Town, chromium: Browser) -> Iterator[Visit]:
    """Opens browsers: ``visit("minamo-chief", size=(390, 844))``."""
    opened = Visit(town, chromium)
    yield opened
    for context in opened.contexts:
        context.close()


class Visit:
    """Makes Visitors."""

    def __init__(self, town: Town, chromium: Browser) -> None:
        self.town, self.chromium = town, chromium
        self.contexts: list[BrowserContext] = []

    def __call__(
        self, login: str | None = None, *, size: tuple[int, int] = WIDE, locale: str = "ja-JP", **options: bool
    ) -> Visitor:
        context = self.chromium.new_context(
            locale=locale, viewport={"width": size[0], "height": size[1]}, accept_downloads=True, **options
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        visitor = Visitor(self.town, context, page)

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                visitor.errors.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: visitor.errors.append(f"{page.url}: {error}"))
        if login is not None:
            visitor.log_in(login)
            visitor.speak("ja")  # an earlier test may have chosen another language for the same person
        return visitor
