"""The form that splits the credit for an opportunity."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contacts.forms import owners_of
from contacts.models import Opportunity
from contacts.services.credit import credits_of
from salesflow.people.models import User

#: So many people beside those who have a part already, and at least so many in all.
MORE, LEAST = 2, 4


class CreditForm(forms.Form):
    """A line for each part: a person and his percent."""

    resource = ""
    steering: ClassVar[tuple[str, ...]] = ("version",)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, user: User, opportunity: Opportunity, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = credits_of(opportunity)
        self.lines = range(1, max(len(held) + MORE, LEAST) + 1)
        self.half = tuple(f"{name}_{line}" for line in self.lines for name in ("person", "percent"))
        self.initial["version"] = opportunity.version
        people = list(owners_of(user, "opportunities.split").values_list("pk", "name"))
        for line in self.lines:
            self.fields[f"person_{line}"] = forms.ChoiceField(
                label=_("Person %(n)s") % {"n": line}, choices=[("", "–"), *people], required=False
            )
            self.fields[f"percent_{line}"] = forms.DecimalField(
                label=_("Percent %(n)s") % {"n": line}, max_digits=5, decimal_places=2, required=False
            )
        for line, part in zip(self.lines, held, strict=False):
            self.initial[f"person_{line}"] = part.user.pk
            self.initial[f"percent_{line}"] = part.percent

    def clean(self) -> dict[str, Any]:
        people = [person for person, _percent in self._filled()]
        if len(set(people)) != len(people):
            raise ValidationError(gettext("Name each person once."), code="twice")
        return self.cleaned_data

    def _filled(self) -> Iterator[tuple[int, Decimal]]:
        for line in self.lines:
            person = self.cleaned_data.get(f"person_{line}")
            percent = self.cleaned_data.get(f"percent_{line}")
            if person and percent:
                yield int(person), percent

    def parts(self) -> dict[User, Decimal]:
        """What was filled in, as the service takes it."""
        given = dict(self._filled())
        people = User.objects.in_bulk(given)
        return {people[pk]: percent for pk, percent in given.items()}
