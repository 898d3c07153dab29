"""Who may do what with files: pure questions. Whoever may work on a record may add to it and tidy it up."""

from typing import Any

from salesflow.lib.subjects import subject_of, type_of
from salesflow.people.models import User


def can_attach(user: User, subject: Any) -> bool:
    return user.may("attachments.create") and _can_work(user, subject)


def can_rename(user: User, subject: Any) -> bool:
    return user.may("attachments.edit") and _can_work(user, subject)


def can_remove(user: User, subject: Any) -> bool:
    return user.may("attachments.archive") and _can_work(user, subject)


def _can_work(user: User, subject: Any) -> bool:
    return subject_of(type_of(subject)).can_work(user, subject)
