"""Loading the demo company: its people, the past of its leads, and the file from a fair among them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from leads.models import Lead
from leads.services import lead_create, leads_enter
from leads.services.clean import draft_of
from salesflow.clocks.services import database_now
from salesflow.demo.company import Company, company_make
from salesflow.demo.fair import fair_import
from salesflow.demo.history import History, Story, pass_by
from salesflow.demo.moments import Moments
from salesflow.demo.stories import Author, Cast
from salesflow.people.models import User
from salesflow.people.services import workspace

#: Leads younger than this come in one by one, each with the news of it; older news has been read.
RECENT_DAYS = 2
#: When the cards of the fair were brought in: working days ago, and the hour.
FAIR = (14, 16.5)


@transaction.atomic
def demo_load(*, seed: int, scale: int) -> dict[str, int]:
    """Fill an empty workspace with the demo company; the same for the same seed, whatever the day and the hour."""
    company = company_make()
    now = database_now()
    moments = Moments(now)
    author = Author(company, moments, seed=seed)
    cast = author.all_stories(scale=scale)
    brought_in = moments.workday(*FAIR)
    of_the_fair = author.of_the_fair(brought_in)
    file = Story([(brought_in, pass_by)])
    stories = [file, *(each.story for each in [*cast, *of_the_fair])]

    def begin() -> None:
        recent = moments.ago(days=RECENT_DAYS)
        _enter_many(company, [each for each in cast if each.story.at < recent])
        leads = fair_import(company, of_the_fair, known=cast[0], story=file)
        for each, lead in zip(of_the_fair, leads, strict=True):
            _begin(each.story, lead)
        _enter_each(company, [each for each in cast if each.story.at >= recent])

    History(stories, end=now, admin=company.people["admin"]).play(begin)
    return {"users": len(company.people), "leads": Lead.objects.count()}


def _door(company: Company, each: Cast) -> tuple[User, str, str]:
    """By whom, by which door and where to a lead comes in."""
    if each.fate == "pooled":
        return company.people["marketing"], "page", "pool"
    return company.people["admin"], each.via, "rules"


def _enter_many(company: Company, cast: Sequence[Cast]) -> None:
    """Those that come in by one door, with one call."""
    shared = workspace()

    def door(each: Cast) -> tuple[Any, ...]:
        by, via, assignment = _door(company, each)
        return by.pk, via, assignment

    for (_by, via, assignment), group in groupby(sorted(cast, key=door), key=door):
        entering = list(group)
        drafts = [
            draft_of(each.values, region=shared.phone_region, base_currency=shared.base_currency)
            for each in entering
        ]
        by = _door(company, entering[0])[0]
        for each, answer in zip(
            entering, leads_enter(drafts=drafts, by=by, via=via, assignment=assignment), strict=True
        ):
            assert answer.lead is not None, answer.reason
            _begin(each.story, answer.lead)


def _enter_each(company: Company, cast: Sequence[Cast]) -> None:
    for each in cast:
        by, via, assignment = _door(company, each)
        _begin(each.story, lead_create(by=by, values=each.values, via=via, assignment=assignment))


def _begin(story: Story, lead: Lead) -> None:
    story.about(lead)
    story.steps[0][1](story)
