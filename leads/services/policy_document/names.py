"""Who and what a document names, looked up at once: people by e-mail address, all else by name, never by id."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from leads.models import LeadSource, Pool
from leads.services.policy_document.shape import Reading
from salesflow.clocks.models import BusinessCalendar
from salesflow.people.models import Role, Team, User

#: By what is named: its records, and the column of the name.
KINDS: dict[str, tuple[type[Model], str]] = {
    "person": (User, "email"),
    "team": (Team, "name"),
    "role": (Role, "code"),
    "source": (LeadSource, "name"),
    "calendar": (BusinessCalendar, "name"),
}


class Names:
    """The records behind the names of one document."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._found: dict[str, dict[str, Any]] = {}
        for what, (model, column) in KINDS.items():
            asked = {each.name for each in reading.named if each.what == what}
            rows = model._default_manager.filter(**{f"{column}__in": asked}) if asked else ()
            self._found[what] = {getattr(row, column): row for row in rows}

    def unknown(self, pools: Iterable[str]) -> None:
        """Note a fault for every name nobody and nothing has; `pools` are those of the document itself."""
        asked = {each.name for each in self.reading.named if each.what == "pool"}
        known = set(pools) | set(Pool.objects.filter(name__in=asked).values_list("name", flat=True))
        for what, name, path in self.reading.named:
            if name in (known if what == "pool" else self._found[what]):
                continue
            if what == "source" and name.isascii() and name.isdigit():
                continue  # the number of a source that is gone; a rule may still have it
            self.reading.fault(path, _said(what) % {"name": name[:80]}, "does_not_exist")

    def one(self, what: str, name: str | None) -> Any:
        """The record of a name; None of none."""
        if name is None:
            return None
        return Pool.objects.get(name=name) if what == "pool" else self._found[what][name]

    def people(self, emails: Iterable[str]) -> list[User]:
        return [self._found["person"][email] for email in emails]

    def newcomers_active(self, path: str, before: Iterable[str], after: Iterable[str]) -> None:
        """Note a fault for everybody who is named anew and cannot sign in any more."""
        for email in sorted(set(after) - set(before)):
            if not self._found["person"][email].is_active:
                self.reading.fault(path, _("%(email)s is switched off") % {"email": email}, "inactive")

    def source_id(self, name: str) -> int:
        source = self._found["source"].get(name)
        return int(name) if source is None else source.pk


def _said(what: str) -> str:
    return {
        "person": _("nobody has the e-mail address %(name)s"),
        "team": _("there is no team “%(name)s”"),
        "role": _("there is no role “%(name)s”"),
        "source": _("there is no lead source “%(name)s”"),
        "calendar": _("there is no business calendar “%(name)s”"),
        "pool": _("there is no public pool “%(name)s”"),
    }[what]
