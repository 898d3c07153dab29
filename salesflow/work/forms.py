"""Shapes of input about tasks; the rules are in the services."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from salesflow.lib.web.forms import moment_field
from salesflow.people.models import User
from salesflow.work.models import Task


def assignees(user: User) -> QuerySet[User]:
    """Whom a person may give a task."""
    people = user.people_in_scope[user.scope("tasks.create")]
    active = User.objects.active().order_by("name", "pk")
    return active if people is None else active.filter(pk__in=people)


class TaskForm(forms.Form):
    """What is to be done, by whom and when; without anybody to give it to, it is one's own."""

    half: ClassVar = ("due_at", "remind_at")

    title = forms.CharField(
        label=_("Task"),
        max_length=200,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
    details = forms.CharField(
        label=_("Details"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
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
