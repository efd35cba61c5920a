"""Pictures of the main pages for ``docs/screenshots``, from a demonstration home (made for it, or the one that ``--home`` names).

Nothing is compared with them: they show a reader of the documents what the pages look like.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bootstrap import ROOT, say
from components import find_chromium, japanese_fonts
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEKISHO: Final = Path(sys.executable).with_name("sekisho")
OUT: Final = ROOT / "docs" / "screenshots"
SIZE: Final = (1440, 1000)
PHONE: Final = (390, 844)
LARGEST: Final = 250 * 1024
LOGIN: Final = "minamo-chief"
OFFICER: Final = "minamo-officer"
CLERK: Final = "minamo-buyer"  # before the notice a case is seen by its members only
ASKED: Final = (
    ("8.15", 1, "ログの種類と保存期間を規程で定め、毎月見直している。"),
    ("8.13", 2, "毎日バックアップを取り、四半期ごとに復元を試している。"),
)
CHROMIUM_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
_START_WITHIN: Final = 60  # seconds


def picture(page: Page, file: Path) -> int:
    """Write what the viewport shows as a PNG with a palette; returns its size in bytes."""
    page.wait_for_load_state("networkidle")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    data = b""
    for colours in (256, 128, 64):
        made = io.BytesIO()
        shot.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        data = made.getvalue()
        if len(data) <= LARGEST:
            break
    file.write_bytes(data)
    return len(data)


def _first(page: Page, pattern: str) -> None:
    """Follow the first link whose address matches the selector's ``pattern``."""
    address = page.locator(f"main a[href*='{pattern}']").first.get_attribute("href")
    assert address is not None
    page.goto(page.url.split("/o/")[0] + address if address.startswith("/") else address)


def _judgements(page: Page, at: str) -> None:
    page.goto(f"{at}/judgements/table?view=all")
    page.locator("table.matrix tbody tr", has_text="8.9").locator("td a").first.click()
    page.wait_for_selector("aside.panel h2")


def _trace(page: Page, at: str) -> None:
    page.goto(f"{at}/indicators/")
    _first(page, "/trace/indicators/")


def _report(page: Page, at: str) -> None:
    page.goto(f"{at}/reports/")
    page.locator("main tbody a[href*='/reports/']").first.click()


def _requirement(page: Page, at: str) -> None:
    page.goto(f"{at}/search?q=8.9")
    page.locator("main a[href*='/catalog/requirements/']").first.click()


def _evidence(page: Page, at: str) -> None:
    page.goto(f"{at}/evidence/")
    page.locator("main tbody a[href*='/evidence/']", has_text="機器の設定").first.click()


def _plain(path: str) -> Callable[[Page, str], None]:
    def go(page: Page, at: str) -> None:
        page.goto(at + path)

    return go


PICTURES: Final[dict[str, Callable[[Page, str], None]]] = {
    "home": _plain("/"),
    "judgements": _judgements,
    "trace": _trace,
    "report": _report,
    "catalog": _plain("/catalog/"),
    "requirement": _requirement,
    "evidence": _evidence,
    "subjects": _plain("/subjects/"),
    "requests": _plain("/requests/"),
    "duties": _plain("/duties/"),
    "ledger": _plain("/ledger/"),
}


def _case(path: str) -> Callable[[Page, str], None]:
    """A page of the demonstration's case of procurement."""

    def go(page: Page, at: str) -> None:
        page.goto(f"{at}/procurement/")
        page.locator("main tbody th a, main tbody td a").first.click()
        page.wait_for_selector("nav.steps")
        page.goto(page.url + path)

    return go


CLERK_PICTURES: Final[dict[str, Callable[[Page, str], None]]] = {
    "procurement-case": _case(""),
    "procurement-diagram": _case("diagram/"),
    "procurement-question": _case("questions/Q08m"),
    "procurement-requirements": _case("requirements/"),
    "procurement-specification": _case("documents/specification"),
    "procurement-traceability": _case("documents/traceability"),
}


def _log_review(page: Page, at: str) -> None:
    page.goto(f"{at}/monitoring/reviews/")
    page.locator("main tbody th a").first.click()
    page.wait_for_selector("#h-c, main .frame")


def _threat(path: str) -> Callable[[Page, str], None]:
    """The last link of a list of threat intelligence: the first that was made."""

    def go(page: Page, at: str) -> None:
        page.goto(f"{at}/intelligence/{path}")
        page.locator("main tbody th a").last.click()
        page.wait_for_selector("main h1")

    return go


def _listed(path: str, *, times: int = 1) -> Callable[[Page, str], None]:
    """The first of a list; ``times`` twice: the first of its own list, too."""

    def go(page: Page, at: str) -> None:
        page.goto(f"{at}/{path}")
        for _ in range(times):
            page.locator("main tbody th a").first.click()
            page.wait_for_load_state("networkidle")

    return go


OFFICER_PICTURES: Final[dict[str, Callable[[Page, str], None]]] = {
    "log-monitoring": _plain("/monitoring/"),
    "log-findings": _plain("/monitoring/findings/"),
    "log-search": _plain("/monitoring/search/?q=203.0.113.77&days=30"),
    "log-prevention": _plain("/monitoring/prevention/"),
    "log-review": _log_review,
    "threat-notices": _plain("/intelligence/"),
    "threat-notice": _threat(""),
    "threat-block-test": _threat("releases/"),
    "threat-search": _threat("searches/"),
    "threat-briefing": _threat("briefings/"),
    "retention": _plain("/lifecycle/"),
    "leak-scan": _listed("leaks/"),
    "masking-run": _listed("masking/", times=2),
    "privacy-assessment": _listed("assessments/"),
    "human-error-causes": _plain("/incidents/causes"),
}


def log_in(page: Page, address: str, password: str, *, login: str = LOGIN) -> None:
    """Log in as somebody of the demonstration's city."""
    page.goto(f"{address}/account/login/")
    page.fill("#id_login", login)
    page.fill("#id_password", password)
    page.click("form.form button.btn")
    page.wait_for_selector(".user-menu")


def ask(browser: Browser, address: str, state: dict[str, str]) -> None:
    """What the officer of the system declares through the pages, so that something waits for a decision."""
    page = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="ja-JP").new_page()
    log_in(page, address, state["password"], login=OFFICER)
    at = f"{address}/o/{state['organization']}"
    page.goto(f"{at}/requests/?show=mine")
    if page.locator("main tbody tr").count():
        return  # an earlier run asked
    for ref, level, reason in ASKED:
        page.goto(f"{at}/judgements/table?view=all")
        row = page.locator("table.matrix tbody tr").filter(has=page.locator(f"th a:text-is('{ref}')"))
        row.locator("td a").last.click()
        page.click("#panel a:has-text('レベルを申告する')")
        page.check(f"input[name=level][value='{level}']")
        page.fill("#id_reason", reason)
        page.click("form.form button.btn:not(.text)")
        page.wait_for_selector(".messages")


def take(browser: Browser, address: str, state: dict[str, str], out: Path, only: list[str]) -> None:
    """Take all pictures (or ``only`` those)."""
    at = f"{address}/o/{state['organization']}"

    def session(size: tuple[int, int], language: str, login: str = LOGIN) -> Page:
        page = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=language).new_page()
        log_in(page, address, state["password"], login=login)
        return page

    wide = session(SIZE, "ja-JP")
    people = ((LOGIN, PICTURES), (CLERK, CLERK_PICTURES), (OFFICER, OFFICER_PICTURES))
    for login, pictures in people:
        person = wide if login == LOGIN else session(SIZE, "ja-JP", login)
        for name, go in pictures.items():
            if not only or name in only:
                go(person, at)
                say(f"　{name}", f"{picture(person, out / f'{name}.png') // 1024} KiB")
    if not only or "home-phone" in only:
        phone = session(PHONE, "ja-JP")
        phone.goto(f"{at}/")
        picture(phone, out / "home-phone.png")
    if not only or "home-en" in only:
        wide.goto(f"{at}/")
        speak(wide, "en")
        wide.goto(f"{at}/")
        picture(wide, out / "home-en.png")
        speak(wide, "ja")


def speak(page: Page, language: str) -> None:
    """Choose the language in the menu of the person."""
    page.click(".user-menu summary")
    page.click(f".user-menu button[value={language}]")
    page.wait_for_selector(f"html[lang={language}]")


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The pages of ``home`` on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [str(SEKISHO), "serve", "--listen", listen]
    with subprocess.Popen(command, env={**os.environ, "SEKISHO_HOME": str(home)}, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(f"http://{listen}/account/login/", server)
            yield f"http://{listen}"
        finally:
            server.terminate()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server on this machine
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def _home(given: Path | None, folder: str) -> Path:
    if given is not None:
        return given.resolve()
    home = Path(folder) / "demo"
    subprocess.run([str(SEKISHO), "demo", "--no-serve", "--home", str(home)], check=True, cwd=ROOT)
    return home


def main(arguments: list[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="a demonstration home that is there already")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("only", nargs="*", help="names of pictures")
    chosen = parser.parse_args(arguments)
    chromium = find_chromium()
    if chromium is None:
        say("Chromium がありません。", "Chromium is not there.")
        return 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        os.environ.update(japanese_fonts(stack))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sekisho-pictures-"))
        home = _home(chosen.home, folder)
        state = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        with serving(home) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
            ask(browser, address, state)
            take(browser, address, state, chosen.out, chosen.only)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
