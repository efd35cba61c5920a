"""Makes the reference pages that follow from the code, so that they cannot say anything else than it does.

``python tools/reference_pages.py`` writes them; ``--check`` says which are out of date (exit code 1). A test does the same.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from bootstrap import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made by tools/reference_pages.py from {source}; do not edit by hand. -->"
EXIT_CODES = (
    (0, "終わった", "done"),
    (1, "検査が問題を見つけた", "a check found something wrong"),
    (2, "入力又は使い方の誤り", "bad input or usage"),
    (3, "部品が足りない", "a component is missing"),
    (4, "許されていない、又は見つからない", "not permitted, or not found"),
    (5, "衝突（ほかの人が先に変えた、複製された機器など）", "conflict (somebody was faster, a cloned machine, …)"),
    (6, "いまは使えない（あとでやり直す）", "unavailable, try again later"),
    (70, "Sekisho 自身の誤り（SEKISHO_DEBUG=1 で詳しく）", "an error of Sekisho itself (SEKISHO_DEBUG=1 tells more)"),
    (130, "中断した（Ctrl+C）", "interrupted (Ctrl+C)"),
)
SCHEMA_ID = "urn:sekisho:observation:1"
HIDDEN = frozenset({"help", "install_completion", "show_completion"})


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; bars and line breaks in cells are made harmless."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"

    return "\n".join([line(heads), line(["---"] * len(heads)), *(line(row) for row in rows)])


def page(title: str, source: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([f"# {title}", NOTE.format(source=source), *parts]) + "\n"


# ---------------------------------------------------------------------------------------------------------------- command line


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with the words that call it; groups come with those below them."""
    import typer

    from sekisho.cli.main import COMMANDS

    if not hasattr(command, "list_commands"):
        yield path, command
        return
    context = typer.Context(command)
    if len(path) > 1:
        yield path, command
    for name in command.list_commands(context):
        if len(path) == 1 and find_spec(COMMANDS[name]) is None:
            continue  # announced, but not there yet: not documented either
        yield from walk(command.get_command(context, name), (*path, name))


def shown_default(parameter: Any) -> str:
    """The default of an option, where it says something."""
    default = parameter.default
    if default is None or default in ("", False, ()) or callable(default):
        return ""
    return "on" if default is True else str(default)


def value_word(parameter: Any) -> str:
    """What kind of value an option takes."""
    annotation = str(parameter.type_descriptor.annotation)
    words = {"Path": "PATH", "int": "NUMBER", "datetime": "TIME"}
    return next((word for name, word in words.items() if name in annotation), "TEXT")


def parameter_row(parameter: Any) -> list[str]:
    """One option or argument: its names, its default, its help."""
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or parameter.name or '').upper()}`"
    else:
        words = [*parameter.opts, *parameter.secondary_opts]
        value = "" if parameter.is_flag else f" {parameter.metavar or value_word(parameter)}"
        names = ", ".join(f"`{word}{value}`" for word in words)
    marks = [
        mark
        for mark, holds in (
            ("required", parameter.required),
            ("repeatable", parameter.nargs == -1 or getattr(parameter, "multiple", False)),
        )
        if holds
    ]
    variable = f"`{parameter.envvar}`" if getattr(parameter, "envvar", None) else ""
    return [names, ", ".join(marks) or shown_default(parameter), " ".join(filter(None, [parameter.help or "", variable]))]


def command_section(path: tuple[str, ...], command: Any) -> str:
    """One command or group."""
    lines = [f"## `{' '.join(path)}`" if len(path) == 2 else f"### `{' '.join(path)}`"]  # noqa: PLR2004 - sekisho and one word
    if help_text := inspect.cleandoc(command.help or ""):
        lines.append(help_text.replace("``", "`"))
    rows = [parameter_row(p) for p in command.params if p.name not in HIDDEN]
    if rows:
        lines.append(table(["option / argument", "", "meaning"], rows))
    if command.context_settings.get("ignore_unknown_options"):
        lines.append("Everything after the name is handed on unchanged.")
    return "\n\n".join(lines)


def cli_page() -> str:
    """The command line."""
    import typer

    from sekisho.cli.main import app

    sections = [command_section(path, command) for path, command in walk(typer.main.get_command(app), ("sekisho",))]
    codes = table(["code", "意味", "meaning"], [[str(number), ja, en] for number, ja, en in EXIT_CODES])
    intro = (
        "`sekisho --help` and `sekisho COMMAND --help` say the same. `--json` gives machine-readable output on standard output; "
        "notices and progress go to standard error. The language is English when `SEKISHO_LANG` or the locale says so, otherwise "
        "Japanese. The installation that a command works on is the one in `SEKISHO_HOME`; else `var/main`; else `var/demo`."
    )
    return page("Command line / コマンド", "the command line itself", intro, "## Exit codes / 終了コード", codes, *sections)


# ----------------------------------------------------------------------------------------------------------------- permissions


def permissions_page() -> str:
    """Which role may do which action."""
    from sekisho.records.organization.permissions import PERMISSIONS, Role

    columns = list(Role)
    rows = [[f"`{action}`", *("●" if role in allowed else "" for role in columns)] for action, allowed in PERMISSIONS.items()]
    intro = (
        "A role is held in one organisation and reaches down the tree to the next marked boundary. An action that is not in "
        "this table is denied. Where the asker may not read, the answer is 404; where they may read but not act, 403. A token's "
        "scopes (names of actions, or `read`) only narrow what its person may do. A machine's token may do two things: send "
        "observations and artifacts about its own subject, and fetch the settings that were accepted for it."
    )
    return page(
        "Permissions / 権限",
        "src/sekisho/records/organization/permissions.py",
        intro,
        table(["action", *(f"`{role}`" for role in columns)], rows),
    )


# -------------------------------------------------------------------------------------------------------- measures, indicators


def measures_page() -> str:
    """The dictionary of measures."""
    from sekisho.standards import catalog

    found = catalog.measures()
    intro = (
        f"The {len(found)} figures that an Observation may carry and that rules and indicators may use. A key whose meaning "
        "changes gets a new name. Keys that are not declared here are kept with the observation, marked as held, and not used."
    )
    engines = dict.fromkeys(key.split(".", maxsplit=1)[0] for key in found)
    parts = [intro]
    for engine in engines:
        rows = [
            [
                f"`{m.key}`" + (f" (retired {m.retired})" if m.retired else ""),
                m.unit,
                m.direction,
                f"**{m.title.ja}** {m.meaning.ja}",
                f"**{m.title.en}.** {m.meaning.en}",
                ", ".join(m.dimensions),
            ]
            for key, m in found.items()
            if key.split(".", maxsplit=1)[0] == engine
        ]
        parts += [f"## {engine}", table(["key", "unit", "better", "日本語", "English", "split by"], rows)]
    return page("Measures / 測定値の辞書", "src/sekisho/standards/measures.yaml", *parts)


def indicators_page() -> str:
    """The indicators that Sekisho computes."""
    from sekisho.standards.indicators import computed_indicators

    rows = [
        [
            f"`{i.formula_id}`",
            i.kind,
            i.direction,
            f"**{i.title.ja}**: {i.formula.ja}",
            f"**{i.title.en}**: {i.formula.en}",
            i.unit.en,
        ]
        for i in computed_indicators().values()
    ]
    intro = (
        f"The {len(rows)} indicators that are computed from what is held. All of them are our own proposal. A figure without "
        "inputs is 未測定 (not measured), never zero. Every stored figure names the inputs that it was computed from; "
        "`sekisho trace` prints them. Kind: outcome 結果, output 活動, process 過程."
    )
    return page(
        "Indicators / 指標",
        "src/sekisho/standards/data/indicators.yaml",
        intro,
        table(["key@version", "kind", "better", "日本語", "English", "unit"], rows),
    )


# ----------------------------------------------------------------------------------------------------------------- log review


def watch_rules_page() -> str:
    """The rules of log review for its three purposes, and the classes of events that they look at."""
    from sekisho.standards import watch_rules as rules

    held, classes = rules.watch_rules(), rules.event_classes()
    intro = (
        f"The {len(held)} rules that `sekisho logs purposes` applies. Rules, thresholds and reasons are our own proposal; each "
        "carries its own positive and negative events, which the tests run through the real evaluator. 兆候 (indication): it has "
        "happened, nobody has noticed. 予兆 (precursor): it has not happened yet. The two are never counted together. "
        "Thresholds may be changed within their bounds. Why there are three purposes: "
        "[three-purposes.md](../explanation/three-purposes.md)."
    )
    parts = [intro]
    for purpose, title in rules.PURPOSES.items():
        rows = [
            [
                f"`{r.id}`",
                f"**{r.title.ja}** {r.why.ja}",
                f"**{r.title.en}.** {r.why.en}",
                r.severity,
                type(r.evaluate).__name__.lower(),
                ", ".join(f"{name} {p.value:g} {p.unit} ({p.minimum:g}–{p.maximum:g})" for name, p in r.parameters.items()),
                ", ".join(r.controls),
            ]
            for r in held.values()
            if r.purpose is purpose
        ]
        heads = ["rule", "日本語", "English", "severity", "kind", "thresholds", "controls"]
        parts += [f"## {title.ja} / {title.en} ({len(rows)})", table(heads, rows)]
    rows = [[f"`{c.id}`", c.title.ja, c.title.en, ", ".join(f"`{s}`" for s in c.sources)] for c in classes.values()]
    about = "A rule names classes of events and roles, never fields; a class says in which logs such events stand."
    parts += [f"## 出来事の種類 / Classes of events ({len(rows)})", about, table(["class", "日本語", "English", "logs"], rows)]
    return page("Rules of log review / ログ点検の規則", "src/sekisho/standards/data/watch", *parts)


# ------------------------------------------------------------------------------------------------------------------- retention


def retention_rules_page() -> str:
    """How the statutory kinds of retention are counted."""
    from sekisho.standards.model import VERIFIED
    from sekisho.standards.retention_rules import retention_rules

    rules = retention_rules()
    units = {"year": "年 / years", "month": "か月 / months", "day": "日 / days"}
    rows = []
    for kind in rules.kinds.values():
        rule = kind.rule
        unit = units.get(str(rule.period.unit), rule.period.unit.replace("_", " "))
        events = ", ".join(f"`{name}` {rules.events[name].title.ja}" for name in rule.start.events)
        changes = ", ".join(f"`{one.when}`: {one.title.ja}" for one in rule.alternatives)
        period, start = VERIFIED[kind.verified].ja, VERIFIED[rule.start_verified].ja
        checked = f"{period} ({kind.confidence}); {start} ({rule.start_confidence})"
        words = [f"`{kind.id}`", f"**{kind.title.ja}** {kind.title.en}", f"{rule.period.value or ''} {unit}", events]
        before = ", ".join(f"`{step}`" for step in rule.before_deletion)
        rows.append([*words, f"`{rule.start.rule}`", changes, before, kind.basis.ja, checked])
    intro = (
        f"The {len(rows)} kinds that `sekisho retention` counts. `after_event`: from the day after (初日不算入). `on_event`: "
        "that day counts, too (起算して). `days_before`: the event lies some days before the day handed in. "
        "`months_after_event`, `months_after_fiscal_year`: when two months have passed since the end of the period or business "
        "year. `after_fiscal_year`, `next_fiscal_year`, `next_calendar_year`, `next_year_day`: from a day of the next year. "
        "The last day is the day before the corresponding day, or the last of the month where there is none (Civil Code "
        "art. 143). Checked: the period and the law; then the start. Why it is counted so: "
        "[retention-and-deletion.md](../explanation/retention-and-deletion.md)."
    )
    heads = ["kind", "what", "period", "events", "start", "changed by", "before deletion", "law", "checked"]
    questions = [[f"`{one.id}`", one.question.ja, one.question.en] for one in rules.conditions.values()]
    steps = [[f"`{one.id}`", one.title.ja, one.title.en, one.basis.ja] for one in rules.steps.values()]
    parts = [intro, table(heads, rows), "## 問い / Questions", table(["question", "日本語", "English"], questions)]
    parts += ["## 消す前の手続 / Steps before deletion", table(["step", "日本語", "English", "law"], steps)]
    return page("Retention rules / 保存期間の規則", "src/sekisho/standards/data/retention/kinds.yaml", *parts)


# ---------------------------------------------------------------------------------------------------------------- API, schema


def observation_schema() -> str:
    """JSON Schema of an Observation, for senders in other languages."""
    from sekisho.engines.observation import json_schema

    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "Observation"}
    return json.dumps({**about, **json_schema()}, ensure_ascii=False, indent=2) + "\n"


def api_page() -> str:
    """The operations of the API."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings_test")
    import django

    django.setup()
    from sekisho.web.api import api

    schema = api.get_openapi_schema()
    groups: dict[str, list[list[str]]] = {}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            first = " ".join(str(operation.get("description", "")).split("\n\n")[0].split())
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append([f"`{method.upper()}`", f"`{path}`", first.replace("``", "`")])
    count = sum(len(rows) for rows in groups.values())
    intro = (
        f"The {count} operations below `/api/v1/`. The full description (OpenAPI {schema['openapi']}) is served by every "
        "installation at `/api/v1/openapi.json`."
    )
    parts = [intro, API_RULES]
    for tag, rows in groups.items():
        parts += [f"## {tag}", table(["", "path", "what"], rows)]
    return page("API", "the API's own description", *parts)


API_RULES = """Log in with `Authorization: Bearer TOKEN`: `skp_…` is a person's token (made on the account page, with scopes
and an expiry), `skm_…` an enrolled machine's. A browser's session works too; writing then needs the `X-CSRFToken` header. A
token that does not work ends the request with 401; it never falls back to a session.

Lists take `limit` (1–500) and `offset` and answer `{"items": […], "total": N}`, where `total` counts what the asker may see.
Every refusal has the same form: `{"code", "message", "fields", "problems": [{"code", "message", "file", "row", "column"}]}`.
`code` is stable; `message` is in the language of `Accept-Language`.

| status | when |
| --- | --- |
| 401 | nobody, or a token that does not work |
| 403 | may be seen, may not be done |
| 404 | does not exist, or not for this asker |
| 409 | somebody was faster, or the state does not allow it |
| 413 | the body is too large |
| 422 | the input cannot be used; `problems` names every place |
| 503 | database or disk locked or full; try again |"""

PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "permissions.md": permissions_page,
    "measures.md": measures_page,
    "indicators.md": indicators_page,
    "watch-rules.md": watch_rules_page,
    "retention-rules.md": retention_rules_page,
    "api.md": api_page,
    "observation.schema.json": observation_schema,
}


def out_of_date(names: Sequence[str] | None = None) -> list[str]:
    """The names of pages that do not say what the code says."""
    found = []
    for name in names or PAGES:
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != PAGES[name]():
            found.append(name)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; with ``--check`` nothing is written and the exit code is 1 when a page is out of date."""
    if "--check" in (sys.argv[1:] if arguments is None else arguments):
        late = out_of_date()
        for name in late:
            print(f"docs/reference/{name}: 古い（python tools/reference_pages.py） / out of date")
        return 1 if late else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
