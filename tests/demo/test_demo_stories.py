"""The stories of the demo company are the same for the same seed, whenever they are told."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from salesflow.demo import words
from salesflow.demo.company import company_make
from salesflow.demo.moments import Moments
from salesflow.demo.stories import Author


def told(author: Author) -> list[tuple[Any, ...]]:
    return [
        (each.fate, *(str(value) for value in each.values.values())) for each in author.all_stories(scale=1)
    ]


def test_it_is_the_same_for_the_same_seed_at_whatever_hour(db: None):
    """Who comes, in what order, and what becomes of them; another seed is another company."""
    company = company_make()
    hours = [datetime(2026, 3, 11, 2, 30, tzinfo=UTC), datetime(2026, 3, 11, 15, 59, tzinfo=UTC),
             datetime(2027, 8, 2, 9, 0, tzinfo=UTC)]  # fmt: skip
    same = [told(Author(company, Moments(now), seed=7)) for now in hours]
    assert sorted(same[0]) == sorted(same[1]) == sorted(same[2])
    assert told(Author(company, Moments(hours[0]), seed=8)) != same[0]


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("day", [9, 14])
def test_every_story_goes_forward_and_ends_in_the_past(db: None, day: int, hour: int):
    now = datetime(2026, 3, day, hour, 20, tzinfo=UTC)
    author = Author(company_make(), Moments(now), seed=3)
    for each in author.all_stories(scale=1):
        moments = [moment for moment, _act in each.story.steps]
        assert moments == sorted(moments) and moments[-1] <= now, each.fate


def test_the_words_are_all_full_width():
    text = Path(words.__file__).with_name("words.json").read_text(encoding="utf-8")
    assert not any(words.is_chinese(before) and sign in ",;:?!" for before, sign in pairwise(text))
