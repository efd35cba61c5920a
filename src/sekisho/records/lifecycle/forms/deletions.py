"""Forms of deletions, automatic deletion, stores, scans and stock-taking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.lifecycle.forms.fields import date_field, set_choices, words_field
from sekisho.records.lifecycle.views.retention_names import ANSWERS, DATE_SOURCES, GROUPS, METHODS, STORE_KINDS
from sekisho.records.organization.role_names import ROLE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.lifecycle.models import DataStore
    from sekisho.records.subjects.models import Subject

__all__ = [
    "AnswerForm",
    "AskForm",
    "CertificateForm",
    "CheckForm",
    "CloseForm",
    "DeletionForm",
    "OrderForm",
    "RecordForm",
    "ScanRuleForm",
    "SecretForm",
    "StockForm",
    "StoreForm",
    "SupplierForm",
]

_METHOD_HELP: Final = _("組織の中で使い続ける機器なら「消去」で足ります。外へ出すなら「除去」、最も機密のものは「破壊」。")


class _Limits(forms.Form):
    most_files = forms.IntegerField(label=_("一回に消すファイルの上限"), min_value=1, max_value=1_000_000, initial=1000)
    most_bytes = forms.IntegerField(label=_("一回に消すバイト数の上限"), min_value=1, max_value=10**15, initial=10_000_000_000)
    most_rows = forms.IntegerField(label=_("一回に消す行の上限"), min_value=1, max_value=100_000_000, initial=10_000)
    most_objects = forms.IntegerField(label=_("一回に消すオブジェクトの上限"), min_value=1, max_value=10_000_000, initial=10_000)

    def limits(self) -> dict[str, int | None]:
        """The limits of one run."""
        names = ("most_files", "most_bytes", "most_rows", "most_objects")
        return {name: self.cleaned_data[name] for name in names}


class DeletionForm(_Limits):
    """What is to go, why, how thoroughly."""

    title = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：2020年度の児童手当の申請書の廃棄"))
    reason = words_field(_("理由"), rows=2)
    method = forms.ChoiceField(label=_("どこまで消すか"), choices=list(METHODS.items()), help_text=_METHOD_HELP)
    restore_days = forms.IntegerField(
        label=_("取り消せる日数"),
        min_value=0,
        max_value=90,
        initial=0,
        help_text=_("0なら、すぐに消します。ファイルだけで、法令が消すことを求めないものに限ります。"),
    )
    field_order = ("title", "reason", "method", "restore_days")


class AskForm(forms.Form):
    """The request for an approval."""

    reason = words_field(_("承認する人に伝えること"), rows=2)


class SupplierForm(forms.Form):
    """The supplier was asked."""

    requested_on = date_field(_("委託先に求めた日"))
    how = forms.CharField(
        label=_("どうやって求めたか"), max_length=500, help_text=_("例：契約第12条による消去の依頼（文書番号、宛先）")
    )


class RecordForm(forms.Form):
    """What people destroyed; the fields that the record of that medium needs."""

    done_on = date_field(_("消去・廃棄した日"))
    method = forms.ChoiceField(label=_("区分"), choices=list(METHODS.items()), initial="destroy")
    quantity = forms.CharField(label=_("数量"), max_length=500, help_text=_("例：3箱、ハードディスク2台"))
    serial = forms.CharField(label=_("媒体の製造番号"), max_length=500)
    how = forms.CharField(label=_("方法"), max_length=500, help_text=_("例：溶解処理、磁気破壊"))
    tool = forms.CharField(label=_("使った道具と版"), max_length=500)
    done_by = forms.CharField(label=_("実施者"), max_length=500)
    witness = forms.CharField(label=_("立会い・確認者"), max_length=500)
    document = forms.ChoiceField(
        label=_("証明書などの文書"), required=False, help_text=_("エビデンスとして登録した文書から選びます。")
    )

    _OF: Final = {
        "paper": ("done_on", "method", "quantity", "how", "done_by", "witness", "document"),
        "media": ("done_on", "method", "quantity", "serial", "how", "tool", "done_by", "witness", "document"),
        "supplier": ("done_on", "method", "quantity", "how", "done_by", "document"),
        "other": ("done_on", "method", "quantity", "how", "done_by", "witness", "document"),
    }

    def __init__(self, *args: Any, kind: str, documents: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [one for one in self.fields if one not in self._OF[kind]]:
            del self.fields[name]
        if kind in {"supplier", "other"}:
            self.fields["quantity"].required = False
        self.fields["document"].required = kind == "supplier"
        set_choices(self, "document", [("", "―"), *documents])


class CertificateForm(forms.Form):
    """Who saw it."""

    witness = forms.CharField(label=_("立会い・確認者"), max_length=200)
    language = forms.ChoiceField(label=_("証明書の言語"), choices=[("ja", "日本語"), ("en", "English")])


class CheckForm(forms.Form):
    """A file that is said to be the certificate."""

    file = forms.FileField(label=_("手元の証明書のファイル"))


class OrderForm(_Limits):
    """What is deleted automatically."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：アクセスログの毎日の廃棄"))
    reason = words_field(_("理由"), rows=2)
    kinds = forms.CharField(
        label=_("記録の種類"), max_length=400, required=False, help_text=_("規則の番号。いくつもあるときは「;」で区切ります。")
    )
    store = forms.ChoiceField(label=_("保管先"), required=False)
    subject = forms.ChoiceField(label=_("情報資産・システム"), required=False)
    every_days = forms.IntegerField(label=_("何日ごとに"), min_value=1, max_value=366, initial=1)
    method = forms.ChoiceField(label=_("どこまで消すか"), choices=list(METHODS.items()), help_text=_METHOD_HELP)
    field_order = ("name", "reason", "kinds", "store", "subject", "every_days", "method")

    def __init__(self, *args: Any, stores: Iterable[DataStore], subjects: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "store", [("", "―"), *((str(row.pk), str(row)) for row in stores)])
        set_choices(self, "subject", [("", "―"), *((str(row.pk), str(row)) for row in subjects)])


class StoreForm(forms.Form):
    """A folder, bucket or database."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：窓口の共有フォルダ"))
    kind = forms.ChoiceField(label=_("種類"), choices=list(STORE_KINDS.items()))
    address = forms.CharField(
        label=_("アドレス"),
        max_length=500,
        help_text=_(
            "フォルダは「/」から、バケットは「https://」から、データベースは「postgresql://」から。パスワードは書きません。"
        ),
    )
    bucket = forms.CharField(label=_("バケットの名前"), max_length=100, required=False)
    region = forms.CharField(label=_("リージョン"), max_length=64, required=False)
    login = forms.CharField(label=_("ログイン名・アクセスキー"), max_length=200, required=False)
    subject = forms.ChoiceField(label=_("情報資産・システム"), required=False)
    note = words_field(_("覚え書き"), required=False, rows=2)

    def __init__(self, *args: Any, subjects: Iterable[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "subject", [("", "―"), *((str(row.pk), str(row)) for row in subjects)])


class SecretForm(forms.Form):
    """The password of a store."""

    secret = forms.CharField(
        label=_("パスワード・秘密鍵"),
        max_length=4096,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("空にすると忘れます。保存したものは、だれにも表示しません。"),
    )


class ScanRuleForm(forms.Form):
    """What lies where."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：児童手当の申請書"))
    pattern = forms.CharField(label=_("場所の形"), max_length=300)
    group = forms.ChoiceField(label=_("まとめ方"))
    kinds = forms.CharField(
        label=_("記録の種類"), max_length=400, required=False, help_text=_("規則の番号。いくつもあるときは「;」で区切ります。")
    )
    date_source = forms.ChoiceField(label=_("起算の日の取り方"))
    event = forms.ChoiceField(label=_("その日は何の日か"), required=False)
    column = forms.CharField(label=_("日付の列"), max_length=100)
    fixed_on = date_field(_("決まった日"), required=False)
    personal = forms.BooleanField(label=_("個人情報がある"), required=False)
    my_number = forms.BooleanField(label=_("個人番号（マイナンバー）がある"), required=False)
    sensitive = forms.BooleanField(label=_("要配慮個人情報がある"), required=False)
    public_record = forms.BooleanField(
        label=_("公文書そのもの"),
        required=False,
        initial=True,
        help_text=_("写し・控えや、規程で公文書としないもの（システムのログなど）なら外します。"),
    )
    owner_role = forms.ChoiceField(label=_("責任者（役割）"), choices=list(ROLE_NAMES.items()))

    def __init__(self, *args: Any, database: bool, events: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = ("fiscal_year", "year") if database else ("folder", "each")
        sources = ("column", "fixed", "none") if database else ("path", "modified", "fixed", "none")
        set_choices(self, "group", [(key, GROUPS[key]) for key in groups])
        set_choices(self, "date_source", [(key, DATE_SOURCES[key]) for key in sources])
        set_choices(self, "event", [("", "―"), *events])
        if database:
            self.fields["pattern"].label = _("表の名前")
        else:
            del self.fields["column"]
            self.fields["pattern"].help_text = _(
                "* ? ** と、日付の {yyyy} {mm} {dd}、年度の {fy} が使えます。例：applications/{fy}、logs/**/{yyyy}{mm}{dd}.csv"
            )


class StockForm(forms.Form):
    """A stock-taking begins."""

    title = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：令和8年度 下半期の棚卸し"))
    due_on = date_field(_("回答の期限"))


class AnswerForm(forms.Form):
    """What was found of one entry."""

    answer = forms.ChoiceField(
        label=_("どうだったか"),
        choices=[(key, name) for key, (_style, name) in ANSWERS.items() if key != "open"],
        widget=forms.RadioSelect,
    )
    moved_to = forms.CharField(label=_("いまの場所"), max_length=300, required=False)
    note = words_field(_("覚え書き"), required=False, rows=2)


class CloseForm(forms.Form):
    """What the stock-taking came to."""

    conclusion = words_field(_("まとめ"), help_text=_("見つからないもの・余分なものを、どうするか。"))
