"""Naming people in notes and summaries: who may be named, who is told, and whom one may choose from."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from salesflow.journal.services import notify
from salesflow.lib.subjects import subject_of, type_of
from salesflow.people.models import User
from salesflow.people.querysets import UserQuerySet
from salesflow.work.following import followed_types
from salesflow.work.mentions import HANDLE, TOKEN, mention_ids, mentions_of, token
from salesflow.work.services.follows import follows_add, record_held

#: A text names at most so many people.
MOST = 20
#: People offered at once while somebody types.
OFFERED = 8
#: Of so many that fit, those who see the record are offered first.
_LOOKED_AT = 24


@dataclass(frozen=True)
class Mentioned:
    """A text as it is kept, everybody it names, and those whom it names anew."""

    text: str
    ids: list[int]
    new: list[User]


@dataclass(frozen=True)
class Offered:
    """A person one may mention: what is typed for him, and whether he sees the record."""

    user: User
    typed: str
    sees: bool


def mentions_read(text: str, *, subject: Model, by: User | None, field: str, before: str = "") -> Mentioned:
    """Turn what was typed into what is kept (`mentions_written`), and ask who may see the record (`mentions_seen`)."""
    named = mentions_written(text, by=by, field=field, before=before)
    mentions_seen(named, subject=subject, field=field)
    return named


def mentions_written(text: str, *, by: User | None, field: str, before: str = "") -> Mentioned:
    """Turn what was typed (`@rep2`, `@rep2@example.com`, or tokens) into what is kept.

    A first part of an address that fits nobody, or several, stays as it was typed. `before` is the text that an edit
    replaces: whom it named already is neither asked about nor told again, and a new name alone is no change. Raises a
    ValidationError on `field` for a person who is not there, and for too many people.
    """
    if "@" not in text:
        return Mentioned(text, [], [])
    text = _handles_read(text, by)
    ids, known = mention_ids(text), set(mention_ids(before))
    if len(ids) > MOST:
        message = _("At most %(most)s people can be mentioned at once.") % {"most": MOST}
        raise ValidationError({field: ValidationError(message, code="too_many_mentions")})
    people = _known_to(by).in_bulk(ids) if ids else {}
    new = [people[id_] for id_ in ids if id_ in people and id_ not in known]
    if any(id_ not in people and id_ not in known for id_ in ids):
        message = _("Somebody mentioned here is not known.")
        raise ValidationError({field: ValidationError(message, code="unknown_person")})
    named = TOKEN.sub(lambda found: _token(found[1], int(found[2]), people), text)
    return Mentioned(before if _nameless(named) == _nameless(before) else named, ids, new)


def mentions_seen(mentioned: Mentioned, *, subject: Model, field: str) -> None:
    """Refuse a text that names anew who may not see the record: then nothing is kept. Raises ValidationError."""
    blind = [str(user) for user in mentioned.new if not _sees(user, subject)]
    if blind:
        message = _("Cannot see this record: %(people)s. Nothing was kept or sent.") % {
            "people": ", ".join(blind)
        }
        raise ValidationError({field: ValidationError(message, code="cannot_see")})


def mentions_tell(mentioned: Mentioned, *, subject: Model, by: User | None, key: str) -> None:
    """Tell those who are named anew, who follow the record from now on; `key` says in which text."""
    others = [user for user in mentioned.new if by is None or user.pk != by.pk]
    if not others:
        return
    notify(others, "work.mentioned", subject=subject, params={"person": str(by or "")}, key=f"mention:{key}")
    if type_of(subject) in followed_types():
        record_held(subject)
        follows_add(subject, [user.pk for user in others])


def names_of_mentioned(texts: Iterable[str]) -> dict[int, str]:
    """The names of now of everybody these texts mention; one statement, or none."""
    ids = mentions_of(texts)
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def mentions_typed(text: str, by: User) -> str:
    """A kept text as one types it, for a form: `@rep2` for a token, where that is read as the same person again."""
    people = _known_to(by).in_bulk(mention_ids(text)) if "@" in text else {}
    if not people:
        return text
    typed = _typed_for(list(people.values()), by)
    shown = TOKEN.sub(lambda found: f"@{typed[int(found[2])]}" if int(found[2]) in typed else found[0], text)
    return shown if _nameless(_handles_read(shown, by)) == _nameless(text) else text


def people_to_mention(*, subject: Model, by: User, query: str) -> list[Offered]:
    """People whose name or address holds the fragment, each with whether he sees the record; those who do first."""
    wanted = query.strip()[:60].replace("\x00", "")
    fits = Q(name__icontains=wanted) | Q(email__istartswith=wanted)
    found = _known_to(by).filter(fits).exclude(pk=by.pk).prefetch_related("roles").order_by("name", "pk")
    seen = [(user, _sees(user, subject)) for user in found[:_LOOKED_AT]]
    people = sorted(seen, key=lambda pair: not pair[1])[:OFFERED]
    typed = _typed_for([user for user, _sees_it in people], by)
    return [Offered(user, typed[user.pk], sees) for user, sees in people]


def _typed_for(people: Sequence[User], by: User) -> dict[int, str]:
    """What is typed to mention each: the first part of his address, or all of it where others have the same."""
    fits = Q(pk__in=[])
    for user in people:
        fits |= Q(email__startswith=f"{_first_part(user)}@")
    shared = Counter(_first_part(user) for user in _known_to(by).filter(fits))
    return {user.pk: user.email if shared[_first_part(user)] > 1 else _first_part(user) for user in people}


def _first_part(user: User) -> str:
    return user.email.partition("@")[0]


def _known_to(by: User | None) -> UserQuerySet:
    """Whom the writer knows and may name."""
    active = User.objects.active()
    return active if by is None else active.visible_to(by)


def _nameless(text: str) -> str:
    """A text without the names its tokens had when it was written."""
    return TOKEN.sub(lambda found: token("", int(found[2])), text)


def _sees(user: User, subject: Model) -> bool:
    return subject_of(type_of(subject)).visible(user).filter(pk=subject.pk).exists()


def _token(name: str, id_: int, people: dict[int, User]) -> str:
    return token(str(people[id_]) if id_ in people else name, id_)


def _handles_read(text: str, by: User | None) -> str:
    """Typed addresses as tokens, where each fits one person."""
    handles = {found[1].lower() for found in HANDLE.finditer(text)}
    if not handles or len(handles) > MOST:
        return text
    fits = Q()
    for handle in handles:
        fits |= Q(email=handle) if "@" in handle else Q(email__startswith=f"{handle}@")
    people = list(_known_to(by).filter(fits))
    meant: dict[str, list[User]] = {
        handle: [user for user in people if handle in (user.email, _first_part(user))] for handle in handles
    }

    def read(found: re.Match[str]) -> str:
        fitting = meant[found[1].lower()]
        return token(str(fitting[0]), fitting[0].pk) if len(fitting) == 1 else found[0]

    return HANDLE.sub(read, text)
