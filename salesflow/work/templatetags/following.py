"""`{% load following %}{% followers_on lead %}`: the button that follows a record, with who follows it."""

from collections.abc import Iterable
from typing import Any

from django import template

from salesflow.lib.subjects import type_of
from salesflow.work.services.follows import followed_among, followers_of

register = template.Library()
#: Names in the menu; of more it tells the number.
NAMED = 30


@register.inclusion_tag("work/_followers.html", takes_context=True)
def followers_on(context: Any, subject: Any) -> dict[str, Any]:
    """Who follows the record, and the button for the person who looks at the page; an archived one is only left."""
    request, people = context["request"], followers_of(subject)
    follows = any(person.pk == request.user.pk for person in people)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "people": people[:NAMED],
        "count": len(people),
        "more": max(0, len(people) - NAMED),
        "is_offered": follows or subject.archived_at is None,
        "follows": follows,
        "subject_type": type_of(subject),
        "subject_id": subject.pk,
    }


@register.simple_tag(takes_context=True)
def followed_of(context: Any, records: Iterable[Any]) -> set[int]:
    """The ids of those records, all of one kind, that the person who looks at the page follows."""
    records = list(records)
    if not records:
        return set()
    user = context["request"].user
    return followed_among(user, type_of(records[0]), [each.pk for each in records])
