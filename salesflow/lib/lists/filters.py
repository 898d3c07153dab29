"""The kinds of filter lists are made of: named after fields, the same for page, REST and count.

Every kind accepts several values (`grade=A&grade=B` or `grade=A,B`) where that makes sense, and refuses what it
cannot read: a filter that is silently dropped shows people records they did not ask for.
"""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from django_filters.constants import EMPTY_VALUES

from salesflow.lib.lists import ports

#: More would make a statement of unbounded size.
MOST_VALUES = 200
_LARGEST = 2**63 - 1
_LONGEST_MOMENT = 40


class _ManyWidget(forms.SelectMultiple):
    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else [str(data.get(name, ""))]
        return [part.strip() for value in given for part in value.split(",") if part.strip()]


class ManyChoiceField(forms.MultipleChoiceField):
    widget = _ManyWidget

    def validate(self, value: list[str]) -> None:
        _check_number(value)
        super().validate(value)


class ManyIdsField(forms.Field):
    """Ids, `none` for records without one, and for people `me`, who asks, and `my_team`, those he works with."""

    widget = _ManyWidget

    def __init__(self, *, people: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = ("me", "my_team", "none") if people else ("none",)

    def clean(self, value: list[str]) -> list[str | int]:
        _check_number(value)
        return [part if part in self.words else self._number(part) for part in value]

    @staticmethod
    def _number(part: str) -> int:
        if not (part.isascii() and part.isdigit()) or int(part[:20]) > _LARGEST:
            raise ValidationError(_("“%(value)s” is not an id."), code="invalid", params={"value": part[:40]})
        return int(part)


class ManyWordsField(forms.Field):
    widget = _ManyWidget

    def clean(self, value: list[str]) -> list[str]:
        _check_number(value)
        if any("\x00" in part for part in value):
            raise ValidationError(_("Null characters are not allowed."), code="null_characters_not_allowed")
        return value


class FlagField(forms.Field):
    """`true` or `false` (also `1`, `0`); anything else is an error."""

    widget = forms.Select(choices=[("", "—"), ("true", _("Yes")), ("false", _("No"))])
    _known = {"true": True, "1": True, "false": False, "0": False, "": None}

    def clean(self, value: Any) -> bool | None:
        try:
            return self._known[str(value or "").lower()]
        except KeyError:
            raise ValidationError(_("Say true or false."), code="invalid") from None


class MomentField(forms.Field):
    """A moment with offset, or a day, which is its beginning in the workspace's zone."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> datetime | None:
        text = str(value or "").strip()
        if not text:
            return None
        if len(text) > _LONGEST_MOMENT:
            raise ValidationError(_("Write a date or a time as in ISO 8601."), code="invalid")
        try:
            # a plus sign that nobody escaped arrives as a space
            moment = parse_datetime(text.replace(" ", "+") if "T" in text else text)
            day = parse_date(text) if moment is None or len(text) == 10 else None
        except ValueError:
            moment = day = None
        if day is not None:
            return start_of_day(day)
        if moment is None:
            raise ValidationError(_("Write a date or a time as in ISO 8601."), code="invalid")
        return moment if moment.tzinfo else timezone.make_aware(moment, ports.day_zone())


def start_of_day(day: date) -> datetime:
    """The first moment of a calendar day in the workspace's zone."""
    return datetime.combine(day, time.min, tzinfo=ports.day_zone())


class Kind(django_filters.Filter):
    """A filter that is a condition, so that it can stand alone or within others (see `conditions`)."""

    #: Whether it says something by itself, and so is a word of the filter language.
    is_word = True

    def where(self, value: Any) -> Q:
        """The condition for a value that says something, as the filter's field cleaned it."""
        raise NotImplementedError

    def filter(self, rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return rows if value in EMPTY_VALUES else rows.filter(self.where(value))


class Choices(Kind):
    """One of the field's choices, or several of them."""

    field_class = ManyChoiceField

    def where(self, value: list[str]) -> Q:
        return Q(**{f"{self.field_name}__in": value})


class Ids(Kind):
    """A related record by id: several, `none` for those without, and `me` and `my_team` where it is a person.

    `choices(user)` gives the (id, name) pairs a page offers; REST takes any id and finds nothing under unknown ones.
    """

    field_class = ManyIdsField

    def __init__(self, *args: Any, choices: Any = None, people: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.choices = choices

    def where(self, value: list[str | int]) -> Q:
        ids = self.ids(value)
        wanted = Q(**{f"{self.field_name}__in": ids}) if ids else Q()
        if "none" in value:
            wanted |= Q(**{f"{self.field_name}__isnull": True})
        return wanted

    def ids(self, value: list[str | int]) -> list[int]:
        """The ids that were given, with those that `me` and `my_team` stand for."""
        user, found = self.parent.user, [part for part in value if isinstance(part, int)]
        if "me" in value:
            found.append(user.pk)
        if "my_team" in value:
            found += user.people_in_scope["team"]
        return found


class Words(Kind):
    """A text as it stands, or several."""

    field_class = ManyWordsField

    def where(self, value: list[str]) -> Q:
        return Q(**{f"{self.field_name}__in": value})

    def like(self, value: str) -> Q:
        """The condition for a fragment (`~` in the filter language)."""
        return Q(**{f"{self.field_name}__icontains": value})


class Holds(Kind):
    """An array that holds one of the values (tags)."""

    field_class = ManyWordsField

    def where(self, value: list[str]) -> Q:
        return Q(**{f"{self.field_name}__overlap": value})


class Flag(Kind):
    field_class = FlagField

    def where(self, value: bool) -> Q:
        return Q(**{self.field_name: value})


class IsSet(Flag):
    """Whether the field has a value: `true` or `false`."""

    def where(self, value: bool) -> Q:
        return Q(**{f"{self.field_name}__isnull": not value})


class Bound(Kind):
    """One end of a range of its field, or one value of it."""

    def where(self, value: Any) -> Q:
        return Q(**{f"{self.field_name}__{self.lookup_expr}": value})


class Moment(Bound):
    field_class = MomentField


class After(Moment):
    """At or after a moment; a day counts from its beginning."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "gte", **kwargs)


class Before(Moment):
    """Before a moment, which itself is not included; a day ends the range where it begins."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "lt", **kwargs)


class Day(Bound):
    field_class = forms.DateField


class DayFrom(Day):
    """On or after a day."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "gte", **kwargs)


class DayBefore(Day):
    """Before a day, which itself is not included."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "lt", **kwargs)


class Figure(Bound):
    field_class = forms.DecimalField


class AtLeast(Figure):
    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "gte", max_digits=19, **kwargs)


class AtMost(Figure):
    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "lte", max_digits=19, **kwargs)


class Exactly(Figure):
    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, "exact", max_digits=19, **kwargs)


class Filters(django_filters.FilterSet):
    """What a list may be narrowed by. Only the filters that are used are built."""

    def __init__(self, data: QueryDict, rows: QuerySet[Any], *, user: Any, names: list[str]) -> None:
        chosen = {name: type(self).base_filters[name] for name in names}
        self.user = user
        self.base_filters = chosen
        super().__init__(data, rows)

    def check(self) -> None:
        """Raise a ValidationError naming each filter whose value cannot be read."""
        if not self.form.is_valid():
            raise ValidationError(
                {name: list(problems) for name, problems in self.form.errors.as_data().items()}
            )


class RecordFilters(Filters):
    """What every kind of record may be narrowed by."""

    created_after = After("created_at", label=_("Created from"))
    created_before = Before("created_at", label=_("Created before"))
    updated_after = After("updated_at", label=_("Changed from"))
    updated_before = Before("updated_at", label=_("Changed before"))


def _check_number(values: list[Any]) -> None:
    if len(values) > MOST_VALUES:
        raise ValidationError(
            _("At most %(most)s values."), code="too_many_values", params={"most": MOST_VALUES}
        )
