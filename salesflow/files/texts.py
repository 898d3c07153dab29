"""What the events of files say; the timeline names the file beside it."""

from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_event

EVENTS = {
    "files.attached": (_("File attached"), "paperclip"),
    "files.renamed": (_("File renamed"), "pencil"),
    "files.removed": (_("File removed"), "trash"),
    "files.restored": (_("File put back"), "rotate-clockwise"),
}


def register_all() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
