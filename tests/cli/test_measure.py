"""``sekisho measure`` as a user types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from sekisho.cli import measure
from sekisho.engines.observation import Observation, content_id, decode
from sekisho.engines.sending import Outbox, unpack
from sekisho.errors import InputError, SekishoError
from sekisho.standards import texts

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/sarif/example-scanner.sarif"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A small mounted system."""
    root = tmp_path / "root"
    for path, text in {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\n', "etc/hostname": "yoyaku-web\n", "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n", "etc/login.defs": "UMASK 022\n", "etc/ssh/sshd_config": "PermitRootLogin yes\n",
        "var/lib/dpkg/status": "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2\n",
    }.items():  # fmt: skip
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def run(*arguments: str, lang: str = "ja", code: int = 0) -> str:
    result = CliRunner(env={"SEKISHO_LANG": lang, "COLUMNS": "200"}).invoke(measure.app, list(arguments))
    if isinstance(result.exception, SekishoError):
        assert result.exception.exit_code == code
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def observations(output: str) -> list[Observation]:
    return [decode(json.dumps(o)) for o in json.loads(output)["observations"]]


def test_host_json_holds_both_engines_of_a_mounted_system(system: Path) -> None:
    found = observations(run("host", "--root", str(system), "--json"))
    assert [o.engine for o in found] == ["sbom", "baseline"]
    assert {o.subject.name for o in found} == {"yoyaku-web"}
    assert len({o.subject.machine for o in found}) == 1
    assert "0123456789abcdef" not in json.dumps([o.subject.machine for o in found])
    pending = next(m for m in found[0].measures if m.key == "sbom.security_updates.pending")
    assert (pending.status.value, pending.reason) == ("error", "sbom.no_package_lists")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ja", ("部品の数", "測定できず", "どこにも保存していません")),
        ("en", ("Components", "could not be measured", "Nothing was kept")),
    ],
)
def test_host_for_people_speaks_the_readers_language(system: Path, lang: str, words: tuple[str, ...]) -> None:
    output = run("host", "--root", str(system), lang=lang)
    assert all(word in output for word in words)
    if lang == "en":
        assert not re.search(r"[぀-ヿ一-鿿]", output)


def test_a_bundle_is_written_that_can_be_read_again(system: Path, tmp_path: Path) -> None:
    out = tmp_path / "host.sekisho"
    shown = observations(run("host", "--root", str(system), "--json", "--out", str(out)))
    bundle = unpack(out)
    assert [content_id(o) for o in bundle.observations] == [content_id(o) for o in shown]
    assert bundle.machine == shown[0].subject.machine


def test_code_checks_a_tree_and_other_tools_results(tmp_path: Path) -> None:
    tree = tmp_path / "app"
    tree.mkdir()
    (tree / "a.py").write_text("import subprocess\nsubprocess.call(x, shell=True)\n")
    output = run("code", str(tree), "--sarif", str(EXAMPLE), "--json")
    (found,) = observations(output)
    assert found.subject.kind == "code"
    share = next(m for m in found.measures if m.key == "codecheck.classes.checked")
    assert (share.numerator, share.denominator) == (8, 11)
    before = tmp_path / "before.json"
    before.write_text(output)
    (tree / "a.py").write_text("pass\n")
    (after,) = observations(run("code", str(tree), "--previous", str(before), "--json"))
    assert after.parameters["classes"]["W02"]["closed"] == 1
    shown = run("code", str(tree))
    assert "未確認" in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("code", "/no/such/tree"), "measure.paths_missing"), (("code",), "measure.nothing_to_check"),
        (("code", "--sarif", "/no/file"), "measure.file_unreadable"), (("host", "--root", "/no/root"), "measure.folder_missing"),
        (("host", "--windows", "/no/file"), "measure.file_unreadable"), (("send", "--send", "https://x", "--outbox", "/no/box"), "measure.folder_missing"),
        (("code", str(ROOT / "examples"), "--sarif", str(ROOT / "pyproject.toml")), "codecheck.report_unusable"),
    ],
)  # fmt: skip
def test_bad_input_is_exit_code_2_with_a_sentence(arguments: tuple[str, ...], code: str) -> None:
    with pytest.raises(InputError) as caught:
        run(*arguments, code=2)
    assert caught.value.code == code
    assert texts.known(code)


def test_sending_keeps_everything_until_the_server_has_it(system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sekisho.gateways import accepted, sender

    box, up = tmp_path / "box", [False]
    known: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer machine-token"
        if not up[0]:
            return httpx.Response(503)
        assert request.url.path != "/api/v1/machine/accepted-snapshot"
        if request.method == "HEAD":
            return httpx.Response(200 if request.url.path in known else 404)
        if request.method == "PUT":
            known.add(request.url.path)
            return httpx.Response(201)
        sent = [decode(json.dumps(o)) for o in json.loads(request.content)["observations"]]
        return httpx.Response(
            200, json={"results": [{"content_id": content_id(o), "status": "accepted"} for o in sent], "nonce": "n"}
        )

    original = sender.deliver
    monkeypatch.setattr(
        sender,
        "deliver",
        lambda *a, **k: original(*a, **{**k, "transport": httpx.MockTransport(answer), "sleep": lambda _: None}),
    )
    fetch = accepted.fetch_accepted
    monkeypatch.setattr(accepted, "fetch_accepted", lambda **k: fetch(**k, transport=httpx.MockTransport(answer)))
    monkeypatch.setenv("SEKISHO_MACHINE_TOKEN", "machine-token")
    with pytest.raises(SekishoError) as caught:
        run("host", "--root", str(system), "--json", "--send", "https://server", "--outbox", str(box), code=6)
    assert caught.value.code == "sending.server_unavailable"
    assert len(Outbox(box).waiting()) == 2
    up[0] = True
    run("send", "--send", "https://server", "--outbox", str(box))
    assert Outbox(box).waiting() == []


def test_sending_without_a_token_says_where_to_put_it(system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_MACHINE_TOKEN", raising=False)
    with pytest.raises(InputError) as caught:
        run("host", "--root", str(system), "--send", "https://server", "--outbox", str(tmp_path / "box"), code=2)
    assert caught.value.code == "sending.token_missing"
    assert len(Outbox(tmp_path / "box").waiting()) == 2


def test_every_code_used_by_the_commands_and_engines_has_its_sentence() -> None:
    declared = (ROOT / "src/sekisho/standards/measures.yaml").read_text()
    files = [*(ROOT / "src/sekisho/cli").glob("measure*.py"), ROOT / "src/sekisho/gateways/sender.py"]
    for folder in ("codecheck", "sending", "sbom"):
        files += (ROOT / "src/sekisho/engines" / folder).glob("*.py")
    for file in files:
        for code in re.findall(r'"((?:measure|codecheck|sending|sbom)\.[a-z_.]+)"', file.read_text()):
            assert texts.known(code) or f"key: {code}" in declared or code.endswith(".sarif"), code


def test_every_measure_that_the_engines_emit_is_declared(system: Path) -> None:
    from sekisho.standards.catalog import measures

    found = observations(run("host", "--root", str(system), "--json")) + observations(
        run("code", "--sarif", str(EXAMPLE), "--json")
    )
    for observation in found:
        for figure in observation.measures:
            definition = measures()[figure.key]
            assert set(figure.dimensions) <= set(definition.dimensions), figure
            assert observation.engine in definition.producers
