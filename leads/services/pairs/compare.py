"""Two leads compared column by column: by the comparer of the library, with the product's own eye for names."""

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from salesflow.lib.pairs import DIFFERS, TEXT_FLOOR, Comparer, Meter, Verdict
from salesflow.lib.text.similarity import company_score, person_score

#: What is compared, in this order; the table of facts has each with how many leads have the same.
COLUMNS = ("company_name", "contact_name", "email", "phone", "city")
#: A typing error in an address changes a character or two of a dozen.
EMAIL_FLOOR = 0.85
#: Numbers are keys already: another number is another number, but for one wrong digit.
PHONE_FLOOR = 0.88
#: One person has several addresses and numbers: another one says little.
REACH_DIFFERS = 2.0


@lru_cache(maxsize=16_384)
def company_likeness(one: str, other: str) -> float:
    return (company_score(one, other) or 0.0) / 100


@lru_cache(maxsize=16_384)
def person_likeness(one: str, other: str) -> float:
    return (person_score(one, other) or 0.0) / 100


def _typed(one: str, other: str) -> float:
    return OSA.normalized_similarity(one, other)


def _never(one: str, other: str) -> float:
    return 0.0


def comparer_of(leads: int, filled: Sequence[int], mean_bits: Sequence[float]) -> Comparer:
    """A comparer for so many leads; `filled` and `mean_bits` are those of `COLUMNS`."""
    judged = (
        (company_likeness, TEXT_FLOOR, DIFFERS),
        (person_likeness, TEXT_FLOOR, DIFFERS),
        (_typed, EMAIL_FLOOR, REACH_DIFFERS),
        (_typed, PHONE_FLOOR, REACH_DIFFERS),
        (_never, TEXT_FLOOR, DIFFERS),
    )
    meters = [
        Meter(name, count, bits, *how)
        for name, count, bits, how in zip(COLUMNS, filled, mean_bits, judged, strict=True)
    ]
    return Comparer(meters, leads)


def parts_shown(verdict: Verdict) -> dict[str, int]:
    """How alike each column is, 0 to 100, as the pair keeps it."""
    return {part.name: round(100 * part.likeness) for part in verdict.parts}
