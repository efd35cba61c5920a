"""Forms of sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sekisho.records.monitoring import eventstore
from sekisho.records.monitoring.forms.fields import FilesField, owner_choices, set_choices
from sekisho.records.monitoring.rules.checking import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.organization.models import Person
    from sekisho.records.subjects.models import Subject

__all__ = ["PremisesForm", "SourceForm", "UploadForm"]


class SourceForm(forms.Form):
    """What is said of a source. ``people`` may own it, it may be about one of ``subjects``."""

    name = forms.CharField(label=_("名称"), max_length=200, help_text=_("例：本庁舎プロキシ、認証サーバー、サーバー室の入退室"))
    kind = forms.ChoiceField(label=_("ログの種類"), required=False, help_text=_("選ばないと、ファイルごとに中身から見分けます。"))
    subject = forms.ChoiceField(
        label=_("対象"),
        required=False,
        help_text=_("このログを出す機器・システム・施設。点検の結果は、この対象のエビデンスになります。"),
    )
    owner = forms.ChoiceField(label=_("責任者"), help_text=_("ログが途絶えたときに、確かめる人か役割。"))
    rhythm_hours = forms.IntegerField(
        label=_("ふだんの間隔（時間）"),
        min_value=1,
        max_value=9600,
        initial=24,
        help_text=_("これより長くログが来ないと、途絶えたとして知らせます。"),
    )
    retention_days = forms.IntegerField(
        label=_("残す日数"), min_value=1, max_value=10_980, initial=365, help_text=_("これより古い記録は、毎日自動で消します。")
    )
    time_zone = forms.CharField(
        label=_("時刻の時間帯"),
        max_length=64,
        initial="Asia/Tokyo",
        help_text=_("時差の書かれていない時刻を、どこの時刻と読むか。"),
    )
    encoding = forms.ChoiceField(label=_("文字コード"), required=False)
    watches_folder = forms.BooleanField(
        label=_("サーバーのフォルダを見張る"),
        required=False,
        help_text=_("登録すると、置く場所が示されます。5分ごとに新しいファイルを読みます。"),
    )
    note = forms.CharField(label=_("覚え書き"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: Iterable[Person], subjects: Iterable[Subject], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(key, title) for key, title in eventstore.kind_names(language).items()]
        set_choices(self, "kind", [("", _("見分ける")), *kinds])
        set_choices(self, "subject", [("", _("組織全体")), *((str(row.pk), str(row)) for row in subjects)])
        set_choices(self, "owner", owner_choices(people))
        names = {"": _("見分ける"), "utf-8": "UTF-8", "cp932": "CP932 (Shift_JIS)", "euc_jp": "EUC-JP", "utf-16": "UTF-16"}
        set_choices(self, "encoding", [(key, names[key]) for key in ENCODINGS])


class UploadForm(forms.Form):
    """Log files to be read."""

    logs = FilesField(
        label=_("ログのファイル"),
        help_text=_(
            "いくつでも選べます。圧縮されたもの（gz、zip など）もそのまま渡せます。同じファイルを二度渡しても、記録は増えません。"
        ),
    )


class PremisesForm(forms.Form):
    """The sheet of doors, cards, accounts and machines."""

    file = forms.FileField(label=_("ExcelかCSV"), help_text=_("「Excelで出す」で取った表に書き込んだもの。"))
