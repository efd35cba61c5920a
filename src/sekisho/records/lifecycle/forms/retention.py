"""Forms of the retention ledger: entries, copies, holds, consents, own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.lifecycle.forms.fields import date_field, owner_choices, set_choices, words_field
from sekisho.records.lifecycle.views.retention_names import (
    CONSENT_KINDS,
    HOLD_KINDS,
    RULE_CLASSES,
    STARTS,
    UNITS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sekisho.records.lifecycle.models import DataStore, RetentionEntry
    from sekisho.records.lifecycle.queries.retention import Book
    from sekisho.records.organization.models import Person
    from sekisho.records.subjects.models import Subject
    from sekisho.standards.retention_rules import RetentionRules

__all__ = [
    "ConsentForm",
    "DropPlaceForm",
    "EntryForm",
    "HoldForm",
    "ImportForm",
    "OwnRuleForm",
    "PlaceForm",
    "SettingsForm",
]

_YES_NO: Final = (("", _("分からない")), ("yes", _("はい")), ("no", _("いいえ")))
_LATEST: Final = {"min": "1868-01-25", "max": "2399-12-31"}


class EntryForm(forms.Form):
    """An entry of ``kinds``: the days and questions that those kinds ask for are fields of their own."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：児童手当の申請書（2020年度）"))
    number = forms.CharField(label=_("管理番号"), max_length=64, required=False, help_text=_("空なら、次の番号を付けます。"))
    owner = forms.ChoiceField(label=_("責任者"), help_text=_("廃棄の時期が来たときに、期限に載る人か役割。"))
    subject = forms.ChoiceField(label=_("情報資産・システム"), required=False)
    own_value = forms.IntegerField(label=_("保存期間（規程による）"), min_value=1, max_value=1000, required=False)
    own_unit = forms.ChoiceField(label=_("期間の単位"), choices=list(UNITS.items()), required=False)
    personal = forms.BooleanField(label=_("個人情報がある"), required=False)
    my_number = forms.BooleanField(
        label=_("個人番号（マイナンバー）がある"),
        required=False,
        help_text=_("法定の期間が過ぎたら、できるだけ速やかに消します。"),
    )
    sensitive = forms.BooleanField(label=_("要配慮個人情報がある"), required=False)
    public_record = forms.BooleanField(
        label=_("公文書そのもの"),
        required=False,
        help_text=_("写し・控えなら外します。公文書は、移管か廃棄の同意・決裁がないと消せません。"),
    )
    classification = forms.ChoiceField(label=_("機密性"), required=False)
    description = words_field(_("説明"), required=False)
    note = words_field(_("覚え書き"), required=False, rows=2)

    def __init__(
        self,
        *args: Any,
        kinds: Sequence[str],
        book: Book,
        people: Iterable[Person],
        subjects: Iterable[Subject],
        classes: Sequence[tuple[str, str]],
        language: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kinds, self.language = tuple(kinds), language
        set_choices(self, "owner", owner_choices(people))
        set_choices(self, "subject", [("", "―"), *((str(row.pk), str(row)) for row in subjects)])
        set_choices(self, "classification", [("", "―"), *classes])
        self.events = _events(kinds, book.rules)
        self.questions = _questions(kinds, book.rules)
        first = list(self.fields)
        for name in self.events:
            title = book.rules.events[name].title
            self.fields[f"event_{name}"] = date_field(title.en if language == "en" else title.ja, required=False)
        for name in self.questions:
            question = book.rules.conditions[name].question
            label = question.en if language == "en" else question.ja
            self.fields[f"answer_{name}"] = forms.ChoiceField(label=label, choices=_YES_NO, required=False)
        asked = any(book.rules.kinds[one].rule.period.unit in {"defined_by_rule", "less_than_one_year"} for one in kinds)
        if not asked:
            del self.fields["own_value"], self.fields["own_unit"]
        added = [name for name in self.fields if name not in first]
        self.order_fields(["name", *added, *(["own_value", "own_unit"] if asked else []), *first[1:]])

    def events_given(self) -> dict[str, Any]:
        """Event → day, those that were filled in."""
        return {name: day for name in self.events if (day := self.cleaned_data.get(f"event_{name}"))}

    def answers_given(self) -> dict[str, bool]:
        """Question → yes or no, those that were answered."""
        given = {name: self.cleaned_data.get(f"answer_{name}") for name in self.questions}
        return {name: answer == "yes" for name, answer in given.items() if answer}


def _events(kinds: Iterable[str], rules: RetentionRules) -> list[str]:
    """The events that any of the kinds may be told, the main ones first; when the purpose ended, for all."""
    main: list[str] = []
    more: list[str] = []
    for kind in kinds:
        rule = rules.kinds[kind].rule
        main.append(rule.start.event)
        more += rule.start.events
        more += [name for one in rule.alternatives if one.start for name in one.start.events]
    return list(dict.fromkeys((*main, *more, "purpose_ended"))) if kinds else []


def _questions(kinds: Iterable[str], rules: RetentionRules) -> list[str]:
    return list(dict.fromkeys(one.when for kind in kinds for one in rules.kinds[kind].rule.alternatives))


class PlaceForm(forms.Form):
    """One copy of ``kind``: only what that kind needs is asked."""

    label = forms.CharField(label=_("場所の名前"), max_length=300, help_text=_("人が読んで分かる言い方。例：本庁2階 文書庫 棚12"))
    store = forms.ChoiceField(label=_("保管先"))
    path = forms.CharField(label=_("保管先の中の場所"), max_length=1000, help_text=_("例：applications/2020"))
    where = forms.CharField(
        label=_("キー"), max_length=1000, help_text=_("「/」で終わると、その下のすべて。終わらなければ、その一つだけ。")
    )
    table = forms.CharField(label=_("表"), max_length=200)
    column = forms.CharField(label=_("日付の列"), max_length=100, required=False)
    since = date_field(_("この日から"), required=False)
    until = date_field(_("この日の前まで"), required=False)
    equals = forms.CharField(
        label=_("列の値"), max_length=500, required=False, help_text=_("「列=値」。いくつもあるときは「;」で区切ります。")
    )
    protects = forms.CharField(label=_("この鍵で暗号化したもの"), max_length=300)
    algorithm = forms.CharField(label=_("暗号の方式"), max_length=100, help_text=_("例：AES-256-GCM"))
    no_other_copy = forms.BooleanField(label=_("この鍵の写しは、ほかにない"), required=False)
    supplier = forms.ChoiceField(label=_("委託先"))
    quantity = forms.CharField(label=_("数量・製造番号"), max_length=100, required=False)

    _OF: Final = {
        "folder": ("label", "store", "path"),
        "rows": ("label", "store", "table", "column", "since", "until", "equals"),
        "objects": ("label", "store", "where"),
        "key": ("label", "store", "path", "protects", "algorithm", "no_other_copy"),
        "paper": ("label", "quantity"),
        "media": ("label", "quantity"),
        "supplier": ("label", "supplier", "quantity"),
        "other": ("label", "quantity"),
    }

    def __init__(self, *args: Any, kind: str, stores: Iterable[DataStore], suppliers: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in [one for one in self.fields if one not in self._OF[kind]]:
            del self.fields[name]
        if "store" in self.fields:
            set_choices(self, "store", [(str(row.pk), str(row)) for row in stores])
        if "supplier" in self.fields:
            set_choices(self, "supplier", [(str(row.pk), str(row)) for row in suppliers])

    def locator(self) -> dict[str, Any]:
        """What the copy is within its store."""
        given = self.cleaned_data
        names = ("path", "table", "column", "protects", "algorithm", "no_other_copy")
        made: dict[str, Any] = {name: given[name] for name in names if given.get(name)}
        if given.get("where"):
            made["prefix"] = given["where"]
        made |= {name: given[name].isoformat() for name in ("since", "until") if given.get(name)}
        pairs = [part.partition("=") for part in given.get("equals", "").split(";") if part.strip()]
        if pairs:
            made["equals"] = {name.strip(): value.strip() for name, _separator, value in pairs}
        return made


class DropPlaceForm(forms.Form):
    """Why a copy is taken out of the ledger."""

    reason = words_field(_("理由"), help_text=_("台帳の間違いのときだけです。消すには、廃棄を申請します。"))


class HoldForm(forms.Form):
    """What is to stay, why, how long."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：令和8年(ワ)第123号 損害賠償請求事件"))
    kind = forms.ChoiceField(label=_("種類"), choices=list(HOLD_KINDS.items()))
    reason = words_field(_("理由"))
    starts_on = date_field(_("いつから"))
    ends_on = date_field(_("いつまで"), required=False, help_text=_("空なら、解除するまで。"))
    entries = forms.MultipleChoiceField(
        label=_("台帳の項目"), required=False, help_text=_("台帳の一覧で選んでから来ると、ここに入ります。")
    )
    subjects = forms.MultipleChoiceField(label=_("情報資産・システム"), required=False)
    kinds = forms.CharField(
        label=_("記録の種類"),
        max_length=400,
        required=False,
        help_text=_("規則の番号。いくつもあるときは「;」で区切ります。例：RT16; RT18"),
    )
    text = forms.CharField(
        label=_("名称などに含む言葉"),
        max_length=200,
        required=False,
        help_text=_("この言葉を、番号・名称・説明・場所に含むもの。"),
    )
    everything = forms.BooleanField(label=_("この組織のすべて"), required=False)

    def __init__(self, *args: Any, entries: Iterable[RetentionEntry], subjects: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [(str(row.pk), f"{row.number} {row.name}") for row in entries]
        if shown:
            set_choices(self, "entries", shown)
            self.fields["entries"].widget = forms.CheckboxSelectMultiple(choices=shown)
        else:
            del self.fields["entries"]
        choices = [(str(row.pk), str(row)) for row in subjects]
        set_choices(self, "subjects", choices)
        if not choices:
            del self.fields["subjects"]


class ConsentForm(forms.Form):
    """A consent, a decision, or a transfer, about entries that were chosen in the ledger."""

    kind = forms.ChoiceField(label=_("種類"), choices=list(CONSENT_KINDS.items()))
    number = forms.CharField(label=_("文書番号"), max_length=100)
    decided_on = date_field(_("決まった日"))
    document = forms.ChoiceField(label=_("文書"), help_text=_("先にエビデンスとして登録した文書から選びます。"))
    archive = forms.CharField(label=_("移管先"), max_length=200, required=False, help_text=_("移管のとき。例：国立公文書館"))
    note = words_field(_("覚え書き"), required=False, rows=2)

    def __init__(self, *args: Any, documents: Iterable[tuple[str, str]], kinds: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "document", [("", "―"), *documents])
        set_choices(self, "kind", [(key, CONSENT_KINDS[key]) for key in kinds])


class OwnRuleForm(forms.Form):
    """A rule of the organisation's own."""

    key = forms.CharField(label=_("番号"), max_length=32, help_text=_("英数字。例：DOC-5Y"))
    title = forms.CharField(label=_("記録の種類の名称"), max_length=200, help_text=_("例：許認可の申請書類"))
    title_en = forms.CharField(label=_("英語の名称"), max_length=200, required=False)
    rule_class = forms.ChoiceField(label=_("どうするか"), choices=list(RULE_CLASSES.items()))
    value = forms.IntegerField(label=_("保存期間"), min_value=1, max_value=73_000, required=False)
    unit = forms.ChoiceField(label=_("期間の単位"), choices=list(UNITS.items()))
    event = forms.ChoiceField(label=_("起算のもとになる日"))
    start = forms.ChoiceField(label=_("数え始め"), choices=list(STARTS.items()))
    personal = forms.ChoiceField(
        label=_("個人情報"), choices=[("none", _("ない")), ("personal", _("ある")), ("my_number", _("個人番号がある"))]
    )
    basis = forms.CharField(label=_("根拠"), max_length=300, help_text=_("例：みなも市文書管理規程 別表第2 第3類"))
    document = forms.ChoiceField(label=_("規程の文書"), required=False, help_text=_("エビデンスとして登録した文書から選びます。"))
    reason = words_field(_("申請の理由"), rows=2)

    def __init__(
        self, *args: Any, events: Iterable[tuple[str, str]], documents: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "event", events)
        set_choices(self, "document", [("", "―"), *documents])


class SettingsForm(forms.Form):
    """What counts for all of the organisation."""

    year_end = forms.CharField(
        label=_("事業年度の終わり"),
        max_length=8,
        required=False,
        help_text=_("会社の帳簿などで使います。例：03-31、02-end（2月末日）。官公庁の年度（4月〜3月）は書かなくても数えます。"),
    )
    filing_months = forms.IntegerField(label=_("確定申告書の提出期限の延長（月）"), min_value=0, max_value=12, initial=0)


class ImportForm(forms.Form):
    """A sheet of the ledger."""

    file = forms.FileField(
        label=_("ExcelかCSV"), help_text=_("「Excelで出す」かひな形に書いたもの。UTF-8とCP932のCSVも読めます。")
    )
    encoding = forms.ChoiceField(
        label=_("文字コード"), required=False, choices=[("", _("見分ける")), ("utf-8", "UTF-8"), ("cp932", "CP932 (Shift_JIS)")]
    )
