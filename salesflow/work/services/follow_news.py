"""Telling followers what happened on their records, once for each record and person in a pass.

The seals are the only order in which no event comes to light late, so that a place in them says what has been told
(as for webhooks). Nobody who works on a record waits for this or pays for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from salesflow.journal.models import Event, Notice, Seal
from salesflow.journal.services import events_seal, notify_many
from salesflow.lib.subjects import seen_subjects
from salesflow.people.models import User
from salesflow.work.following import SAID, is_news, news_kinds, news_stored
from salesflow.work.models import Follow, FollowFeed

#: Seals of one pass, and the events they hold together (but for one seal, of 5,000 at most).
SEALS, EVENTS = 500, 20_000
#: A person is told of so many records one by one; of more he is told their number.
ONE_BY_ONE = 5
Subject = tuple[str, int]
#: What happened on records, by who follows them.
News = dict[int, dict[Subject, list[Event]]]


def followers_tell() -> int:
    """Put what happened since into the inboxes; gives how many notices. Harmless late, twice, or in two processes.

    Who did it is not told, nor whom the event names as owner or mentions: he has news of his own. Whether a follower
    may still see the record is asked now.
    """
    if Follow.objects.exists():
        events_seal()
    return _tell_next()


@transaction.atomic
def _tell_next() -> int:
    is_followed = Follow.objects.exists()
    FollowFeed.objects.get_or_create(pk=1, defaults={"seal_id": 0 if is_followed else _last_seal()})
    feed = FollowFeed.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if feed is None:  # another process is at it
        return 0
    seals = _seals(feed.seal_id) if is_followed else [_last_seal()]
    if not seals or seals[-1] == feed.seal_id:
        return 0
    FollowFeed.objects.filter(pk=1).update(seal_id=seals[-1])
    if not is_followed:
        return 0
    notices = list(_notices(_news(seals)))
    notify_many(notices)
    return len(notices)


def _last_seal() -> int:
    return Seal.objects.aggregate(last=Max("pk"))["last"] or 0


def _seals(after: int) -> list[int]:
    """The seals of this pass."""
    found, events = [], 0
    for pk, size in Seal.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "events")[:SEALS]:
        events += size
        if found and events > EVENTS:
            break
        found.append(pk)
    return found


def _news(seals: list[int]) -> News:
    """What each follower is to be told of these seals, in the order in which it happened."""
    followed = Follow.objects.filter(subject_type=OuterRef("subject_type"), subject_id=OuterRef("subject_id"))
    rows = Event.objects.filter(Exists(followed), sealed__seal_id__in=seals, kind__in=news_kinds())
    events = [event for event in rows.select_related("actor").order_by("pk") if is_news(event)]
    follows = _follows({(event.subject_type, event.subject_id) for event in events})
    news: News = defaultdict(lambda: defaultdict(list))
    for event in events:
        subject = (event.subject_type, event.subject_id)
        for follow in follows.get(subject, ()):
            if follow.since < event.at and follow.user_id not in _told(event):
                news[follow.user_id][subject].append(event)
    return news


def _told(event: Event) -> tuple[Any, ...]:
    """Who knows of an event already: who did it, the owner it names, the people its text mentions."""
    return event.actor_id, event.data.get("owner"), *event.data.get("mentions", ())


def _follows(subjects: set[Subject]) -> Mapping[Subject, list[Follow]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for type_, id_ in subjects:
        ids[type_].add(id_)
    found: dict[Subject, list[Follow]] = defaultdict(list)
    if not ids:
        return found
    named = Q()
    for type_, wanted in ids.items():
        named |= Q(subject_type=type_, subject_id__in=wanted)
    for follow in Follow.objects.filter(named):
        found[follow.subject_type, follow.subject_id].append(follow)
    return found


def _notices(news: News) -> Iterator[Notice]:
    people = User.objects.active().prefetch_related("roles").in_bulk(list(news))
    owners = _owners(event for mine in news.values() for events in mine.values() for event in events)
    for user_id, mine in news.items():
        user = people.get(user_id)
        if user is None:
            continue
        seen = seen_subjects(user, list(mine))
        told = {subject: events for subject, events in mine.items() if subject in seen}
        if len(told) > ONE_BY_ONE:
            last = max(event.pk for events in told.values() for event in events)
            params = {"count": len(told)}
            yield Notice(
                user_id=user_id, kind="work.followed_many", params=params, dedupe_key=f"followed:{last}"
            )
        else:
            for subject, events in told.items():
                yield _notice(user_id, subject, events, owners)


def _notice(user_id: int, subject: Subject, events: list[Event], owners: Mapping[int, str]) -> Notice:
    type_, id_ = subject
    said = {str(stored): stored for stored in (news_stored(event, owners) for event in events)}
    params = {
        "type": type_,
        "said": list(said.values())[-SAID:],
        "people": list(dict.fromkeys(str(event.actor) for event in events if event.actor is not None))[:SAID],
    }
    key = f"followed:{type_}:{id_}:{events[-1].pk}"
    return Notice(
        user_id=user_id, kind="work.followed_changed", subject_type=type_, subject_id=id_, params=params,
        dedupe_key=key,
    )  # fmt: skip


def _owners(events: Iterable[Event]) -> dict[int, str]:
    """The names of the people that events hold by id."""
    ids: set[Any] = {event.data.get("owner") for event in events}
    return {
        user.pk: str(user)
        for user in User.objects.filter(pk__in=[id_ for id_ in ids if isinstance(id_, int)])
    }
