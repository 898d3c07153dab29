"""Fields that are added to a kind of record without a migration."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salesflow.lib.lists.custom import SORTED
from salesflow.lib.lists.ports import CustomWord
from salesflow.lib.records import Record
from salesflow.lib.subjects import subject_types
from salesflow.work.custom_reading import Terms, value_read

MOST_CHOICES = 200
CHOICE_LENGTH = 120
#: As filters and imports name it: `custom.key_1`.
key_check = RegexValidator(r"^[a-z][a-z0-9_]*\Z", _("Small Latin letters, digits and _, a letter first."))


class CustomField(Record):
    """A field an administrator (or an import) added to a kind of record; values live in its `custom` column.

    Values hold a choice by the name it had first: renaming it changes `choice_names` (and `choice_names_zh`, which
    who reads Chinese is shown), and one that is taken out of `choices` while records hold it is `retired`: they keep
    it, nobody can choose it anew.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        MONEY = "money", _("Money")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        MULTI_CHOICE = "multi_choice", _("Several choices")
        BOOLEAN = "boolean", _("Yes/no")
        LINK = "link", _("Web address")
        USER = "user", _("Person")

    class IndexState(models.TextChoices):
        NONE = "", _("None")
        WAITING = "waiting", _("Waiting to be built")
        BUILDING = "building", _("Being built")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        DROPPING = "dropping", _("Being dropped")

    resource = models.CharField(_("kind of record"), max_length=60)
    key = models.SlugField(_("key"), max_length=60, validators=[key_check])
    label = models.CharField(_("label"), max_length=120)
    label_zh = models.CharField(
        _("label in Chinese"),
        max_length=120,
        blank=True,
        help_text=_("Shown to who reads Chinese; without one, the label is."),
    )
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=Kind,
        default=Kind.TEXT,
        help_text=_("Stays what it is once records have values."),
    )
    choices = models.JSONField(_("choices"), default=list, blank=True)
    choice_names = models.JSONField(_("present names of choices"), default=dict, blank=True)
    choice_names_zh = models.JSONField(_("names of choices in Chinese"), default=dict, blank=True)
    retired = models.JSONField(_("retired choices"), default=list, blank=True, editable=False)
    required = models.BooleanField(
        _("required"),
        default=False,
        help_text=_("New records must have a value, and nobody can empty it."),
    )
    default = models.JSONField(
        _("default"), null=True, blank=True, help_text=_("What a new record holds that says nothing of it.")
    )
    help_text = models.CharField(_("help"), max_length=300, blank=True)
    group = models.CharField(
        _("group"), max_length=120, blank=True, help_text=_("Fields of one group stand under this heading.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    indexed = models.BooleanField(
        _("indexed"),
        default=False,
        help_text=_("Makes filters by it fast, and lists sortable, among many records."),
    )
    index_state = models.CharField(
        _("index"), max_length=10, choices=IndexState, default=IndexState.NONE, blank=True, editable=False
    )
    index_error = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        constraints = [
            models.UniqueConstraint(fields=["resource", "key"], name="custom_field_key_once"),
            models.CheckConstraint(
                condition=Q(indexed=True, index_state__in=["waiting", "building", "ready", "failed"])
                | Q(indexed=False, index_state__in=["", "dropping"]),
                name="custom_field_has_the_index_it_wants",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def word(self) -> CustomWord:
        return CustomWord(
            self.key, self.label, self.kind, tuple(self.choices), name_zh=self.label_zh, retired=tuple(self.retired),
            choice_names=self.choice_names, choice_names_zh=self.choice_names_zh, required=self.required,
            default=self.default, help=self.help_text,
            group=self.group, archived=self.archived_at is not None,
            sorts=self.index_state == self.IndexState.READY and self.kind in SORTED,
        )  # fmt: skip

    def clean(self) -> None:
        """What names retired choices may have, the service says, which knows what there was."""
        errors = {}
        if self.resource not in extensible():
            message = _("Choose one of: %(known)s.") % {"known": ", ".join(extensible())}
            errors["resource"] = ValidationError(message, code="invalid_choice")
        chosen = self.kind in (self.Kind.CHOICE, self.Kind.MULTI_CHOICE)
        if not _are_choices(self.choices) or (chosen and not self.choices):
            message = _("A list of different texts is needed.")
            errors["choices"] = ValidationError(message, code="invalid")
        elif not _are_names(self.choice_names, self.choices, strict=self._state.adding):
            message = _("Give each choice, by its first name, a present name of its own.")
            errors["choice_names"] = ValidationError(message, code="invalid")
        elif not _are_names(
            self.choice_names_zh, self.choices, strict=self._state.adding, beside=self.choice_names
        ):
            message = _("Give each choice, by its first name, a Chinese name that no other choice has.")
            errors["choice_names_zh"] = ValidationError(message, code="invalid")
        else:
            try:
                self.default = value_read(self.word, self.default, Terms())
            except ValidationError as error:
                errors["default"] = error
        if errors:
            raise ValidationError(errors)


def resource_of(model: type[models.Model]) -> str:
    """The name of a kind of record as REST has it."""
    name = str(model._meta.model_name)
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def extensible() -> dict[str, type[models.Model]]:
    """The resources whose records have room for such values, with their models."""
    models_ = (apps.get_model(type_) for type_ in subject_types())
    return {
        resource_of(model): model
        for model in models_
        if any(field.name == "custom" for field in model._meta.concrete_fields)
    }


def _are_choices(value: Any) -> bool:
    if not isinstance(value, list) or len(value) > MOST_CHOICES:
        return False
    texts = [each for each in value if isinstance(each, str) and 0 < len(each.strip()) <= CHOICE_LENGTH]
    return len(set(texts)) == len(value)


def _are_names(
    value: Any, choices: list[str], *, strict: bool, beside: Mapping[str, str] | None = None
) -> bool:
    """Whether it maps choices to names, so that no two choices are called the same.

    `beside` are their names in the other language: by those no other choice may be called either, since an import
    reads both.
    """
    if not isinstance(value, dict) or (strict and not set(value) <= set(choices)):
        return False
    called = [value.get(choice, choice) for choice in choices]
    texts = [
        _key(each) for each in called if isinstance(each, str) and 0 < len(each.strip()) <= CHOICE_LENGTH
    ]
    if len(texts) < len(choices) or len(set(texts)) < len(choices):
        return False
    others = {
        _key(each): choice for choice in choices for each in (choice, (beside or {}).get(choice, choice))
    }
    return beside is None or all(
        others.get(_key(name), choice) == choice for choice, name in value.items() if choice in choices
    )


def _key(name: str) -> str:
    return name.strip().casefold()
