"""Shapes of input about tasks; the rules are in the services."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salesflow.lib.web.forms import MOMENT, moment_field
from salesflow.people.models import Role, Team, User
from salesflow.work.models import Channel, Direction, Outcome, SavedView, Task
from salesflow.work.policies import can_share_with_all


def assignees(user: User) -> QuerySet[User]:
    """Whom a person may give a task."""
    people = user.people_in_scope[user.scope("tasks.create")]
    active = User.objects.active().order_by("name", "pk")
    return active if people is None else active.filter(pk__in=people)


def people_to_hand_over(user: User) -> QuerySet[User]:
    """Whose records a person may hand over; those who left already too."""
    people = user.people_in_scope[user.scope("leads.assign")]
    everybody = User.objects.order_by("-is_active", "name", "pk")
    return everybody if people is None else everybody.filter(pk__in=people)


def teams_of(user: User) -> QuerySet[Team]:
    """The teams one may share a view with."""
    teams = Team.objects.filter(archived_at=None).order_by("name")
    if can_share_with_all(user):
        return teams
    mine = Q(pk=user.team_id) | Q(manager=user)
    return teams.filter(mine) if user.may("saved_views.share") else teams.none()


class ShareForm(forms.Form):
    """With whom a view of a list is shared, and for whom the list opens in it."""

    audience = forms.ChoiceField(label=_("Shown to"))
    opens_for = forms.MultipleChoiceField(
        label=_("The list opens in this view for"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only a view that everybody sees. Who holds several roles gets the view of the first."),
    )  # fmt: skip
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, view: SavedView, *args: Any, **kwargs: Any) -> None:
        opened = [opening.role.code for opening in view.opens_for.select_related("role")]
        first = {
            "audience": str(view.team_id or view.audience),
            "opens_for": opened,
            **kwargs.pop("initial", {}),
        }
        super().__init__(*args, initial=first, **kwargs)
        audiences = SavedView.Audience
        self.teams = {str(team.pk): team for team in teams_of(user)}
        choices: list[tuple[str, Any]] = [(audiences.PRIVATE.value, audiences.PRIVATE.label)]
        choices += [(key, team.name) for key, team in self.teams.items()]
        if can_share_with_all(user):
            choices.append((audiences.EVERYBODY.value, audiences.EVERYBODY.label))
            roles = [(role.code, str(role)) for role in Role.objects.order_by("id")]
            self.fields["opens_for"].choices = roles  # type: ignore[attr-defined]
        else:
            del self.fields["opens_for"]
        self.fields["audience"].choices = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """As `saved_view_share` takes them."""
        team = self.teams.get(self.cleaned_data["audience"])
        return {"audience": SavedView.Audience.TEAM if team else self.cleaned_data["audience"], "team": team}


#: What the form below calls a note, beside the channels somebody is spoken to by.
NOTE = "note"


class LogForm(forms.Form):
    """What was said to somebody, or just a note, in one place on the page of a record.

    `may_log` and `may_note` say what is offered; `follows_up` asks for the next follow-up of a contact.
    """

    channel = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    summary = forms.CharField(
        label=_("Summary"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": _("What was said, what was agreed?")}),
    )
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome.choices, required=False)
    direction = forms.ChoiceField(label=_("Direction"), choices=Direction.choices, required=False)
    next_follow_up_at = moment_field(_("Next follow-up"), required=False)

    def __init__(
        self, *args: Any, may_log: bool = True, may_note: bool = True, follows_up: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, auto_id="log_%s", **kwargs)
        offered = [*(Channel.choices if may_log else ()), *([(NOTE, _("Note"))] if may_note else ())]
        self.fields["channel"].choices = offered  # type: ignore[attr-defined]
        self.fields["channel"].initial = offered[0][0] if offered else None
        self.follows_up = follows_up
        if not follows_up:
            del self.fields["next_follow_up_at"]
        if not may_log:
            del self.fields["outcome"], self.fields["direction"]

    @property
    def is_note(self) -> bool:
        return self.cleaned_data["channel"] == NOTE

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("channel") not in (None, NOTE):
            values["outcome"] = values.get("outcome") or Outcome.REACHED
            values["direction"] = values.get("direction") or Direction.OUTBOUND
        return values

    def presets(self) -> list[tuple[Any, str]]:
        """Moments one often takes for the next follow-up: at nine where the reader is."""
        morning = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
        days = ((_("Tomorrow"), 1), (_("In 3 days"), 3), (_("In a week"), 7))
        return [(words, f"{morning + timedelta(days=ahead):{MOMENT}}") for words, ahead in days]


class TaskForm(forms.Form):
    """What is to be done, by whom and when; without anybody to give it to, it is one's own."""

    half: ClassVar = ("due_at", "remind_at")

    title = forms.CharField(
        label=_("Task"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    details = forms.CharField(
        label=_("Details"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("@ mentions somebody, by the first part of the e-mail address."),
    )
    due_at = moment_field(_("Due"), required=False)
    remind_at = moment_field(_("Remind me"), required=False)
    assignee = forms.ModelChoiceField(label=_("Assignee"), queryset=User.objects.none(), empty_label=None)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, user: User, *args: Any, task: Task | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = assignees(user)
        if task is not None:
            choices = choices | User.objects.filter(pk=task.assignee_id)
        self.fields["assignee"].queryset = choices  # type: ignore[attr-defined]
        self.fields["assignee"].initial = user.pk
        if user.people_in_scope[user.scope("tasks.create")] == [user.pk] and (
            task is None or task.assignee_id == user.pk
        ):
            del self.fields["assignee"]
        if task is None:
            del self.fields["version"]

    @classmethod
    def of(cls, user: User, task: Task, data: Any = None) -> "TaskForm":
        names = ("title", "details", "due_at", "remind_at", "assignee", "version")
        return cls(user, data, task=task, initial={name: getattr(task, name) for name in names})

    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
