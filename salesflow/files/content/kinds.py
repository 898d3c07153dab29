"""The kinds of file that are taken, each with its media type and the endings its names may have."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PICTURE, DOCUMENT, TEXT, AUDIO = "picture", "document", "text", "audio"


@dataclass(frozen=True)
class Kind:
    """One kind: `endings` are those a name may keep, the first is given to names with another."""

    code: str
    family: str
    media_type: str
    endings: tuple[str, ...]
    label: str | Promise
    icon: str


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
_ALL = (
    Kind("png", PICTURE, "image/png", ("png",), _("PNG picture"), "photo"),
    Kind("jpeg", PICTURE, "image/jpeg", ("jpg", "jpeg"), _("JPEG picture"), "photo"),
    Kind("gif", PICTURE, "image/gif", ("gif",), _("GIF picture"), "photo"),
    Kind("webp", PICTURE, "image/webp", ("webp",), _("WebP picture"), "photo"),
    Kind("pdf", DOCUMENT, "application/pdf", ("pdf",), _("PDF document"), "file-type-pdf"),
    Kind("docx", DOCUMENT, f"{_OOXML}.wordprocessingml.document", ("docx",), _("Word document"), "file-type-docx"),
    Kind("xlsx", DOCUMENT, f"{_OOXML}.spreadsheetml.sheet", ("xlsx",), _("Excel workbook"), "file-type-xls"),
    Kind("pptx", DOCUMENT, f"{_OOXML}.presentationml.presentation", ("pptx",), _("PowerPoint slides"), "file-type-ppt"),
    Kind("odt", DOCUMENT, f"{_ODF}.text", ("odt",), _("OpenDocument text"), "file-text"),
    Kind("ods", DOCUMENT, f"{_ODF}.spreadsheet", ("ods",), _("OpenDocument spreadsheet"), "file-spreadsheet"),
    Kind("odp", DOCUMENT, f"{_ODF}.presentation", ("odp",), _("OpenDocument slides"), "presentation"),
    Kind("txt", TEXT, "text/plain", ("txt", "log"), _("Text"), "file-text"),
    Kind("csv", TEXT, "text/csv", ("csv", "tsv"), _("CSV table"), "file-type-csv"),
    Kind("md", TEXT, "text/markdown", ("md",), _("Markdown text"), "file-text"),
    Kind("vcf", TEXT, "text/vcard", ("vcf",), _("Contact card"), "id"),
    Kind("ics", TEXT, "text/calendar", ("ics",), _("Calendar entry"), "calendar"),
    Kind("eml", TEXT, "message/rfc822", ("eml",), _("E-mail message"), "mail"),
    Kind("mp3", AUDIO, "audio/mpeg", ("mp3",), _("MP3 audio"), "file-music"),
    Kind("m4a", AUDIO, "audio/mp4", ("m4a",), _("M4A audio"), "file-music"),
    Kind("wav", AUDIO, "audio/wav", ("wav",), _("WAV audio"), "file-music"),
)  # fmt: skip
KINDS = {kind.code: kind for kind in _ALL}
CHOICES = [(kind.code, kind.label) for kind in _ALL]
