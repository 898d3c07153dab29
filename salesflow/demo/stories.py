"""What becomes of the leads of the demo company, and when: the plots of its last four months."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from salesflow.demo.company import Company
from salesflow.demo.deeds import Deeds
from salesflow.demo.history import Act, Story, pass_by
from salesflow.demo.leads import PROFILES, LeadMaker
from salesflow.demo.moments import Moments

Steps = list[tuple[datetime, Act]]
HOUR = timedelta(hours=1)
#: Shortly after the clock of a first contact has its half, four fifths, and end.
REMINDED, WARNED, OVER = 12.05 * HOUR, 19.25 * HOUR, 24.05 * HOUR
#: Since when the running ones have run, in hours: fresh, past the half, in the last fifth, minutes left.
RUNNING = (0.3, 1.1, 2.4, 4.0, 6.8, 9.0, 11.2, 13.9, 16.4, 18.0, 19.6, 21.0, 22.3, 22.9, 23.3, 23.6)
#: When the leads that nobody called in time went back to the pool, in hours ago.
GONE_BACK = (1.4, 5.2, 20.0, 28.0, 74.0, 150.0)
DISQUALIFIED = ("no_need", "no_need", "no_budget", "unreachable", "fake", "competitor", "other")
GIVEN_BACK = ("wrong_territory", "wrong_industry", "no_time", "unreachable", "other")


@dataclass
class Plot:
    """One story in the making."""

    deeds: Deeds
    dice: random.Random
    moments: Moments
    place: int  # among the stories of the same fate
    came_in: datetime | None = None  # where that is known before

    def entered(self, nearest: int, farthest: int) -> datetime:
        """A working hour between so many working days back, the nearer ones somewhat more often."""
        if self.came_in is not None:
            return self.came_in
        back = nearest + int((farthest - nearest + 1) * self.dice.random() ** 1.2)
        return self.moments.workday(back, self.dice.uniform(9.2, 16.8))

    def answered(self, entered: datetime) -> datetime:
        """When its owner first called: mostly within hours, of ten one only the next morning."""
        slow = self.dice.random() < 0.1
        return entered + HOUR * (self.dice.uniform(13, 22) if slow else self.dice.triangular(0.2, 9, 1.2))

    def due(self) -> datetime:
        """When the next thing is due: some overdue, some today, most in the next days."""
        turn = self.place // 2 * 7 % 10  # in turn, so that each team has some of each
        if turn == 0:
            return self.moments.ago(hours=self.dice.uniform(2, 60))
        if turn < 4:
            return self.moments.later_today(self.dice.random())
        return self.moments.between(
            self.moments.now, self.moments.now + timedelta(days=9), self.dice.uniform(0.12, 1)
        )

    def follow_ups(self, first: datetime, last: datetime, number: int) -> list[datetime]:
        """`number` contacts from the first to the last one, in between at working hours."""
        if number < 2:
            return [first]
        inner = sorted((place + self.dice.uniform(0.7, 1.2)) / number for place in range(number - 2))
        return [first, *(self.moments.between(first, last, share) for share in inner), last]


def _contacts(
    plot: Plot, moments: list[datetime], upto: datetime, *, last: str = "", also: Act | None = None
) -> Steps:
    """A contact at each moment, planned to lead to the next; `last` is how the last one went, `also` what it led to."""
    steps: Steps = []
    for place, moment in enumerate(moments):
        if place == len(moments) - 1:
            steps.append((moment, plot.deeds.contact(upto, outcome=last, also=also)))
        elif place == 0:
            beside = plot.deeds.note if plot.dice.random() < 0.3 else None
            steps.append((moment, plot.deeds.contact(moments[1], also=beside)))
        else:
            steps.append((moment, plot.deeds.talk))
    return steps


def contacted(plot: Plot) -> Steps:
    """In work: one to four contacts, the next one planned; sometimes a task beside it."""
    entered = plot.entered(1, 40)
    first, now = plot.answered(entered), plot.moments.now
    days = (now - first) / timedelta(days=1)
    number = (
        1 if days < 1.5 else plot.dice.choice((1, 2, 2, 3)) if days < 8 else plot.dice.choice((2, 3, 3, 4))
    )
    last = plot.moments.between(max(first, now - timedelta(days=6)), now, plot.dice.uniform(0.1, 0.8))
    due = max(plot.due(), last + HOUR)
    also = plot.deeds.task(plot.due()) if plot.dice.random() < 0.25 else None
    return [
        (entered, plot.deeds.visits),
        *_contacts(plot, plot.follow_ups(first, last, number), due, also=also),
    ]


def qualified(plot: Plot) -> Steps:
    """Agreed to talk business: two to four contacts, the last one a meeting or a call."""
    entered = plot.entered(4, 50)
    first, now = plot.answered(entered), plot.moments.now
    last = plot.moments.between(max(first, now - timedelta(days=7)), now, plot.dice.uniform(0.1, 0.7))
    due = max(plot.due(), last + HOUR)
    task = plot.deeds.task(plot.due()) if plot.dice.random() < 0.45 else None

    def also(story: Story) -> None:
        plot.deeds.qualify(story)
        if task is not None:
            task(story)

    contacts = plot.follow_ups(first, last, plot.dice.choice((2, 3, 3)))
    outcome = plot.dice.choice(("reached", "meeting", "email"))
    return [(entered, plot.deeds.visits), *_contacts(plot, contacts, due, last=outcome, also=also)]


def converted(plot: Plot) -> Steps:
    """Sold to: contacts over one to four weeks, a meeting, the conversion, and what follows at the customer."""
    entered = plot.entered(6, 84)
    first, now = plot.answered(entered), plot.moments.now
    end = min(
        entered + timedelta(days=plot.dice.uniform(5, 26)), now - timedelta(hours=plot.dice.uniform(3, 40))
    )
    met = plot.moments.between(first, end, 0.8)
    hot, cold = plot.deeds.profile == "hot", plot.deeds.profile == "cold"
    contacts = plot.follow_ups(first, met, 1 if cold else plot.dice.choice((2, 3, 4)) if hot else 2)
    last = plot.dice.choice(("meeting", "reached")) if hot else "reached"
    return [
        (entered, plot.deeds.visits),
        *_contacts(plot, contacts, end + HOUR, last=last, also=plot.deeds.qualify),
        (end, plot.deeds.convert),
        (plot.moments.between(end, now, plot.dice.uniform(0.3, 0.7)), plot.deeds.care(plot.due())),
    ]


def disqualified(plot: Plot) -> Steps:
    """Not worth more work, with a reason; fake ones without a word."""
    entered = plot.entered(3, 80)
    code = DISQUALIFIED[plot.place % len(DISQUALIFIED)]
    first, now = plot.answered(entered), plot.moments.now
    end = plot.moments.between(first, min(now, first + timedelta(days=20)), plot.dice.uniform(0.3, 0.9))
    steps: Steps = [(entered, plot.deeds.visits)]
    if code != "fake":
        outcome = "no_answer" if code == "unreachable" else "reached"
        steps += _contacts(plot, [first], end + HOUR, last=outcome)
    return [*steps, (end if code != "fake" else first, plot.deeds.disqualify(code))]


def timed_out(plot: Plot) -> Steps:
    """Nobody called: reminded twice, then back in the pool, where it waits."""
    ago = GONE_BACK[plot.place % len(GONE_BACK)] * plot.dice.uniform(0.95, 1.05)
    entered = plot.moments.ago(hours=ago) - OVER
    return [(entered, plot.deeds.visits), *_forgotten(entered)]


def _forgotten(entered: datetime) -> Steps:
    return [(entered + span, pass_by) for span in (REMINDED, WARNED, OVER)]


def claimed(plot: Plot) -> Steps:
    """Forgotten by one rep, claimed by another from the pool, who works on it."""
    entered = plot.entered(4, 60)
    taken = entered + OVER + HOUR * plot.dice.uniform(1, 18)
    first, now = taken + HOUR * plot.dice.uniform(0.3, 5), plot.moments.now
    last = plot.moments.between(max(first, now - timedelta(days=6)), now, plot.dice.uniform(0.1, 0.7))
    contacts = plot.follow_ups(first, last, plot.dice.choice((1, 2, 2)))
    due = max(plot.due(), contacts[-1] + HOUR)
    return [
        (entered, plot.deeds.visits),
        *_forgotten(entered),
        (taken, plot.deeds.claim),
        *_contacts(plot, contacts, due),
    ]


def returned(plot: Plot) -> Steps:
    """Given back by its owner for a reason, half of them after a try."""
    entered = plot.entered(1, 30)
    code = GIVEN_BACK[plot.place % len(GIVEN_BACK)]
    steps: Steps = [(entered, plot.deeds.visits)]
    first = entered + HOUR * plot.dice.uniform(0.5, 4)
    if code == "unreachable":
        steps.append((first, plot.deeds.contact(first + 24 * HOUR, outcome="no_answer")))
    return [*steps, (first + HOUR * plot.dice.uniform(0.2, 2), plot.deeds.give_back(code))]


def pooled(plot: Plot) -> Steps:
    """Put into the pool by marketing, to be claimed by who has time: most of them today and yesterday."""
    recent = plot.place % 5 < 4
    entered = plot.moments.ago(hours=plot.dice.uniform(0.3, 30)) if recent else plot.entered(3, 15)
    return [(entered, plot.deeds.visits)]


def running(plot: Plot) -> Steps:
    """Waiting for the first contact, the clock at every stage."""
    hours = RUNNING[plot.place % len(RUNNING)] * (
        1 if plot.place < len(RUNNING) else plot.dice.uniform(0.9, 1)
    )
    entered = plot.moments.ago(hours=hours)
    warned = [(entered + span, pass_by) for span in (REMINDED, WARNED) if hours * HOUR > span]
    return [(entered, plot.deeds.visits), *warned]


@dataclass(frozen=True)
class Fate:
    """How many leads of a company of scale 1 come to this end, and how many of ten are hot, warm and cold."""

    name: str
    number: int
    profiles: tuple[float, float, float]
    plot: Callable[[Plot], Steps]


FATES = (
    Fate("converted", 28, (4.6, 4.8, 0.6), converted),
    Fate("qualified", 14, (1.6, 6.4, 2), qualified),
    Fate("contacted", 34, (1, 4, 5), contacted),
    Fate("disqualified", 16, (0.3, 2.2, 7.5), disqualified),
    Fate("claimed", 8, (1, 5, 4), claimed),
    Fate("timed_out", 6, (1, 4, 5), timed_out),
    Fate("returned", 7, (0.5, 4, 5.5), returned),
    Fate("pooled", 8, (1, 4, 5), pooled),
    Fate("running", 16, (2, 4, 4), running),
)


#: What became of the leads of the file from the fair, in the order of its rows.
OF_THE_FAIR = (
    contacted, converted, contacted, disqualified, contacted, claimed, qualified, contacted, returned, contacted,
    claimed, disqualified,
)  # fmt: skip


@dataclass
class Cast:
    """A story with the values of its lead and how it comes in."""

    story: Story
    fate: str
    values: dict[str, Any]

    @property
    def via(self) -> str:
        return {"web_form": "form", "search_ad": "api"}.get(self.values["source"].kind, "page")


class Author:
    """Makes up the leads and what becomes of them; every story has dice of its own."""

    def __init__(self, company: Company, moments: Moments, *, seed: int) -> None:
        self.company, self.moments, self.seed = company, moments, seed
        self.maker = LeadMaker(company)

    def all_stories(self, *, scale: int) -> list[Cast]:
        """All leads but those of the fair, in the order in which they came in."""
        cast = [self._cast(fate.name, fate.plot, place, profile) for fate, place, profile in _fates(scale)]
        return sorted(cast, key=lambda each: each.story.at)

    def of_the_fair(self, came_in: datetime) -> list[Cast]:
        """The people whose cards were collected there; all of them came in at once."""
        profiles = {converted: "hot", qualified: "warm", claimed: "warm"}
        return [
            self._cast("fair", plot, place, profiles.get(plot, "cold"), came_in)
            for place, plot in enumerate(OF_THE_FAIR)
        ]

    def _cast(
        self,
        fate: str,
        plot: Callable[[Plot], Steps],
        place: int,
        profile: str,
        came_in: datetime | None = None,
    ) -> Cast:
        dice = random.Random(f"{self.seed} {fate} {place}")  # noqa: S311
        # everybody has something of everything, also running
        east = place % 2 == 0 if dice.random() < 0.95 else None
        values = self.maker.values(dice, profile, east=east)
        deeds = Deeds(self.company, dice, profile)
        steps = plot(Plot(deeds, dice, self.moments, place, came_in))
        return Cast(Story(self._kept_up(sorted(steps, key=lambda step: step[0]))), fate, values)

    def _kept_up(self, steps: Steps) -> Steps:
        """A stop some days ago in stories whose last deed is older, so that what faded since has had its effect."""
        stop = self.moments.ago(days=4)
        return [*steps, (stop, pass_by)] if steps[-1][0] < stop - timedelta(days=1) else steps


def _fates(scale: int) -> Iterator[tuple[Fate, int, str]]:
    """Each fate as often as it occurs, its profiles in turn by their shares."""
    for fate in FATES:
        credits = dict.fromkeys(PROFILES, 0.0)
        for place in range(fate.number * scale):
            for profile, share in zip(PROFILES, fate.profiles, strict=True):
                credits[profile] += share
            chosen = max(credits, key=lambda profile: credits[profile])
            credits[chosen] -= sum(fate.profiles)
            yield fate, place, chosen
