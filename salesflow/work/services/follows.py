"""Following records: who wants to be told what happens there."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import Http404
from django.utils.translation import gettext as _

from salesflow.lib.subjects import type_of, visible_subject
from salesflow.people.models import User
from salesflow.work.follow_models import FollowQuerySet
from salesflow.work.following import followed_types
from salesflow.work.models import Follow, Handover, HandoverRow


@transaction.atomic
def record_follow(*, subject: Model, by: User) -> None:
    """Follow a record one may see; once more is no error.

    Raises ValidationError for a kind that nobody follows, Http404 for a record that has left the person's sight, or
    work: an archived one is only left.
    """
    type_ = type_of(subject)
    if type_ not in followed_types():
        message = _("Records of this kind cannot be followed.")
        raise ValidationError({"subject_type": ValidationError(message, code="not_followed")})
    record_held(subject)
    if visible_subject(by, type_, subject.pk).archived_at is not None:
        raise Http404
    follows_add(subject, [by.pk])


@transaction.atomic
def record_unfollow(*, subject: Model, by: User) -> None:
    """Follow a record no more; one that was not followed is no error."""
    _mine(subject, by).delete()


def follows_add(subject: Model, user_ids: Iterable[int]) -> None:
    """Let these people, who may see it, follow a record that the caller has locked."""
    named = {"subject_type": type_of(subject), "subject_id": subject.pk}
    Follow.objects.bulk_create([Follow(user_id=user, **named) for user in user_ids], ignore_conflicts=True)


def follow_what_i_write(*, subject: Model, by: User) -> None:
    """Who writes on a record follows it, unless his profile says otherwise."""
    if by.follows_written and type_of(subject) in followed_types() and not _mine(subject, by).exists():
        record_held(subject)
        follows_add(subject, [by.pk])


def follows_end(user_id: int) -> None:
    """A person who may sign in no more follows nothing."""
    Follow.objects.filter(user=user_id).delete()


def follows_hand_over(handover: Handover, types: Iterable[tuple[str, str]]) -> None:
    """What somebody handed over he follows no more; `types` are the kinds of the handover and of their records."""
    for key, type_ in types:
        moved = HandoverRow.objects.filter(handover=handover, kind=key, code="").values("record_id")
        Follow.objects.of(handover.person, type_).filter(subject_id__in=moved).delete()


def followers_of(subject: Model) -> list[User]:
    """Who follows a record, in the order of their names."""
    follows = Follow.objects.filter(
        subject_type=type_of(subject), subject_id=subject.pk, user__is_active=True
    )
    return [follow.user for follow in follows.select_related("user").order_by("user__name", "user_id")]


def followed_among(user: User, type_: str, ids: Iterable[int]) -> set[int]:
    """Which of these records the person follows; one statement."""
    return set(
        Follow.objects.of(user, type_).filter(subject_id__in=list(ids)).values_list("subject_id", flat=True)
    )


def _mine(subject: Model, by: User) -> FollowQuerySet:
    return Follow.objects.of(by, type_of(subject)).filter(subject_id=subject.pk)


def record_held(subject: Model) -> None:
    """Wait for a merge of the record, which moves its followers, and let none begin before the end."""
    type(subject)._base_manager.select_for_update(of=("self",), no_key=True).filter(pk=subject.pk).first()
