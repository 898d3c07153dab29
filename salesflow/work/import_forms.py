"""Files to be imported, as pages ask for them."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from salesflow.work.imports import ImportKind
from salesflow.work.models import Import


class ImportUploadForm(forms.Form):
    """A file, and what its rows become."""

    half: ClassVar = ("resource",)

    file = forms.FileField(
        label=_("File"), allow_empty_file=True, help_text=_("CSV, XLSX, XLS or ODS; any encoding.")
    )
    resource = forms.ChoiceField(label=_("What its rows are"))

    def __init__(self, kinds: list[ImportKind], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].choices = [(kind.resource, kind.title) for kind in kinds]  # type: ignore[attr-defined]


class ImportModeForm(forms.Form):
    """What an import does with records that are there; stands beside the form of the columns."""

    mode = forms.ChoiceField(
        label=_("Records"),
        required=False,
        choices=Import.Mode.choices,
        widget=forms.Select(attrs={"form": "page-form"}),
        help_text=_("Empty cells leave what a record holds."),
    )


class ReadingForm(forms.Form):
    """How a file is read; begins with how it was read."""

    half: ClassVar = ("encoding", "delimiter", "sheet", "header_row")

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Delimiter"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=_("Header in row"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("0 when the file has none; empty to find it."),
    )

    def __init__(self, job: Any, *args: Any, **kwargs: Any) -> None:
        initial = {name: getattr(job, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **kwargs)
        from salesflow.lib.tabular import ENCODINGS

        guess = ("", _("Find out"))
        delimiters = {
            ",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Bar"), "^": "^", "~": "~",
            **({job.delimiter: job.delimiter} if job.delimiter not in ("", ",", ";", "\t", "|") else {}),
        }  # fmt: skip
        self.fields["encoding"].choices = [guess, *((name, name.upper()) for name in ENCODINGS)]  # type: ignore[attr-defined]
        self.fields["delimiter"].choices = [guess, *delimiters.items()]  # type: ignore[attr-defined]
        self.fields["sheet"].choices = [(name, name) for name in job.sheets]  # type: ignore[attr-defined]
        for name in ("encoding", "delimiter") if job.sheets else ("sheet",):
            del self.fields[name]
