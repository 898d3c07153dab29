"""Why a file is not taken, in words for the person who sent it."""

from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "empty": _("This file is empty."),
    "unknown_type": _("Files of this type are not taken. Taken are pictures, PDF, office documents, text and audio."),
    "executable": _("Programs and scripts are not taken."),
    "html": _("Web pages are not taken, since they may hold scripts. Save it as PDF."),
    "svg": _("SVG pictures are not taken, since they may hold scripts. Save it as PNG."),
    "archive": _("Archives are not taken, since nobody sees what is in them. Send the files one by one."),
    "polyglot": _("This file is two things at once: an archive hides in it."),
    "not_a_picture": _("This is no picture."),
    "heic": _("HEIC and AVIF pictures cannot be opened here. Save it as JPEG."),
    "video": _("Videos are not taken."),
    "old_office": _("Old office files and protected ones cannot be checked. Save it as DOCX, XLSX or PPTX."),
    "macros": _("Office files with macros are not taken. Save it without macros."),
    "zip_bomb": _("This file would unpack to far more than its size."),
    "nested": _("There are archives within archives in this file."),
    "unreadable": _("This file is damaged, or is not what it says it is."),
    "picture_too_large": _("This picture has too many pixels: at most %(millions)s million are taken."),
}  # fmt: skip


def refuse(code: str, **params: Any) -> NoReturn:
    """Raise the refusal of this code."""
    raise ValidationError({"file": ValidationError(WORDS[code], code=code, params=params)})
