"""Each of the project's own rules finds its mistake, and leaves the lawful neighbour alone."""

from __future__ import annotations

from pathlib import Path

import lint_rules
import pytest

BROKEN = [
    ("records/subjects/views.py", "def f():\n    return Host.objects.all()\n", "SK001", 2),
    ("records/subjects/api/hosts.py", "rows = Host.objects.filter(a=1)\n", "SK001", 1),
    ("records/subjects/queries.py", "from sekisho.records.catalog.models import Requirement\n", "SK002", 1),
    ("records/subjects/queries.py", "import sekisho.records.catalog.views\n", "SK002", 1),
    ("records/subjects/queries.py", "from sekisho.records.catalog import forms\n", "SK002", 1),
    ("records/subjects/queries.py", "def f(x):\n    x.save()\n", "SK003", 2),
    ("records/subjects/queries.py", "def f(x):\n    x.delete()\n", "SK003", 2),
    ("records/subjects/forms.py", "form.save(commit=False)\n", "SK003", 1),
    ("records/subjects/queries.py", "Host.objects.create(name='a')\n", "SK003", 1),
    ("records/subjects/queries.py", "hosts.filter(a=1).update(b=2)\n", "SK003", 1),
    ("records/subjects/queries.py", "hosts.bulk_create(rows)\n", "SK003", 1),
    ("records/subjects/queries.py", "hosts.get_or_create(name='x')\n", "SK003", 1),
    ("records/duties/rules.py", "from django.utils import timezone\nx = timezone.now()\n", "SK004", 2),
    ("records/duties/rules/due.py", "import datetime\nx = datetime.datetime.now()\n", "SK004", 2),
    ("engines/sbom/engine.py", "import random\n", "SK004", 1),
    ("engines/sbom/engine.py", "from time import time\n", "SK004", 1),
    ("engines/sbom/engine.py", "def f(clock=datetime.now):\n    pass\n", "SK004", 1),
    ("engines/sbom/engine.py", "s.listen()\n", "SK004", 1),
    ("cli/x.py", "try:\n    f()\nexcept Exception:\n    pass\n", "SK005", 3),
    ("cli/x.py", "try:\n    f()\nexcept Exception:  # noqa: BLE001\n    pass\n", "SK005", 3),
    ("cli/x.py", "try:\n    f()\nexcept (ValueError, Exception):\n    pass\n", "SK005", 3),
    ("cli/x.py", "try:\n    f()\nexcept:\n    pass\n", "SK005", 3),
    ("cli/x.py", "x = 1\n" * 401, "SK006", 1),
    ("cli/x.py", "def f():\n" + "    x = 1\n" * 60, "SK007", 1),
]
LAWFUL = [
    ("records/subjects/queries.py", "def f():\n    return Host.objects.all()\n"),
    ("records/subjects/actions.py", "def f(x):\n    x.save()\n    Host.objects.create(name='a')\n"),
    ("records/subjects/actions/hosts.py", "def f(x):\n    x.delete()\n"),
    ("records/subjects/migrations/0001_initial.py", "def f(x):\n    x.save()\n"),
    ("records/subjects/queries.py", "from sekisho.records.catalog.queries import requirements\n"),
    ("records/subjects/queries.py", "from sekisho.records.subjects.models import Host\n"),
    ("records/subjects/queries.py", "if TYPE_CHECKING:\n    from sekisho.records.catalog.models import Requirement\n"),
    ("records/subjects/queries.py", "digest.update(b'x')\nseen.update({1: 2})\nworkbook.save(stream)\n"),
    ("records/subjects/queries.py", "x.save()  # lint: allow SK003 - a form of Django's own session\n"),
    ("records/subjects/views.py", "from django.utils import timezone\nnow = timezone.now()\n"),
    ("engines/sbom/engine.py", "import time\nstarted = time.monotonic()\n"),
    ("cli/x.py", "try:\n    f()\nexcept Exception:\n    log()\n    raise\n"),
    ("cli/x.py", "try:\n    f()\nexcept Exception:  # noqa: BLE001 - a plugin's error must not stop the others\n    pass\n"),
    ("cli/x.py", "try:\n    f()\nexcept Exception:\n    # a plugin's error must not stop the others\n    pass\n"),
    ("cli/x.py", "try:\n    f()\nexcept ValueError:\n    pass\n"),
]


def broken_rules(folder: Path, name: str, text: str) -> list[tuple[str, int]]:
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return [(item.code, item.line) for item in lint_rules.check(lint_rules.load(path, house=folder))]


@pytest.mark.parametrize(("name", "text", "code", "line"), BROKEN)
def test_the_mistake_is_found_with_its_line(tmp_path: Path, name: str, text: str, code: str, line: int) -> None:
    assert (code, line) in broken_rules(tmp_path, name, text)


@pytest.mark.parametrize(("name", "text"), LAWFUL)
def test_lawful_code_passes(tmp_path: Path, name: str, text: str) -> None:
    assert broken_rules(tmp_path, name, text) == []


def test_an_exemption_without_a_reason_does_not_count(tmp_path: Path) -> None:
    assert broken_rules(tmp_path, "records/subjects/queries.py", "x.save()  # lint: allow SK003\n") == [("SK003", 1)]


def test_warnings_alone_do_not_fail_and_strict_makes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "long.py"
    path.write_text("x = 1\n" * 401, encoding="utf-8")
    assert lint_rules.main([str(path)]) == 0
    assert lint_rules.main(["--strict", str(path)]) == 1
    assert f"{path}:1: SK006" in capsys.readouterr().out
