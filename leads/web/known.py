"""What strangers' messages have in common, by form or by webhook: how they are kept, and told of a known person."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from leads.models import Lead
from salesflow.journal.services import record
from salesflow.work.models import Note
from salesflow.work.services.custom_fields import custom_declared

CUSTOM = "custom."


def storable(text: str) -> str:
    """What a database takes of a stranger's text."""
    return "".join(letter for letter in text[:5000] if letter.isprintable() or letter == "\n")


def sent_again(*, via: str, lead_id: int, told: Mapping[str, str]) -> None:
    """What a known person wrote this time, for the owner to read: a stranger's word changes no field.

    `told` maps fields of the lead, or words of the message, to what was said; `via` is the name of the form.
    """
    lines = [f"{question_label(name)}: {storable(value)}" for name, value in told.items() if value]
    body = "\n".join([_("Sent again by the form “%(form)s”") % {"form": via}, *lines])[:20_000]
    note = Note.objects.create(subject_type="leads.lead", subject_id=lead_id, by=None, body=body)
    record("work.note_added", subject=Lead.objects.get(pk=lead_id), by=None, data={"note": note.pk})


def question_label(name: str) -> str:
    """What a field of the lead, or one of the workspace's own, is called; other words are their own name."""
    if name.startswith(CUSTOM):
        word = custom_declared("leads").get(name.removeprefix(CUSTOM))
        return word.label if word else name.removeprefix(CUSTOM)
    known = {field.name: field for field in Lead._meta.concrete_fields}
    return str(known[name].verbose_name) if name in known else name
