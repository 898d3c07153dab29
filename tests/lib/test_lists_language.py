"""The filter language as text: read, written, refused; and what its times mean."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from salesflow.lib.lists.language import LONGEST, MOST_TESTS, Group, Not, Term, joined, parse, without
from salesflow.lib.lists.relative import Span, days_of


@pytest.mark.parametrize(
    "text,tree",
    [
        ("grade = A", Term("grade", "=", ("A",))),
        ("grade in (A,B)", Term("grade", "=", ("A", "B"))),
        ("grade = (A, B)", Term("grade", "=", ("A", "B"))),
        ("grade not in (A)", Term("grade", "!=", ("A",))),
        ("city is empty", Term("city", "empty")),
        ("city IS NOT Empty", Term("city", "filled")),
        ('city ~ "a \\"b\\" \\\\ and"', Term("city", "~", ('a "b" \\ and',))),
        ("score>=40", Term("score", ">=", ("40",))),
        ("custom.size!=250", Term("custom.size", "!=", ("250",))),
        ("city = 上海", Term("city", "=", ("上海",))),
        ("not a = 1", Not(Term("a", "=", ("1",)))),
        (
            "a=1 or b=2 and c=3",
            Group("or", (Term("a", "=", ("1",)), Group("and", (Term("b", "=", ("2",)), Term("c", "=", ("3",)))))),
        ),
        (
            "(a=1 or b=2) and c=3",
            Group("and", (Group("or", (Term("a", "=", ("1",)), Term("b", "=", ("2",)))), Term("c", "=", ("3",)))),
        ),
    ],
)  # fmt: skip
def test_a_text_is_read_and_written_back_with_the_same_meaning(text, tree):
    assert parse(text) == tree
    assert parse(str(tree)) == tree


@pytest.mark.parametrize(
    "text,code",
    [
        ("", "invalid"),
        ("grade", "invalid"),
        ("grade =", "invalid"),
        ("grade = A B", "invalid"),
        ("grade = A and", "invalid"),
        ("(grade = A", "invalid"),
        ("grade = A)", "invalid"),
        ("grade in ()", "invalid"),
        ("grade in A", "invalid"),
        ("= A", "invalid"),
        ("and = A", "invalid"),
        ('city = "open', "invalid"),
        ("city = a\x00b", "invalid"),
        ("city , A", "invalid"),
        ("(" * 20 + "a=1" + ")" * 20, "too_deep"),
        ("not " * 20 + "a=1", "too_deep"),
        ("a=1 " * 400, "max_length"),
        (" or ".join(["a=1"] * (MOST_TESTS + 1)), "too_many"),
    ],
)
def test_what_is_no_filter_or_too_much_of_one_is_refused(text, code):
    with pytest.raises(ValidationError) as refused:
        parse(text)
    assert refused.value.error_list[0].code == code


def test_the_largest_filter_is_read():
    whole = " or ".join(["a=1"] * MOST_TESTS)
    assert len(whole) < LONGEST
    assert len(parse(whole).parts) == MOST_TESTS


def test_parts_are_joined_flat_and_taken_out_again():
    a, b, c = (Term(name, "=", ("1",)) for name in "abc")
    both = joined("and", joined("and", a, b), c)
    assert str(both) == "a = 1 and b = 1 and c = 1"
    assert str(without(both, b)) == "a = 1 and c = 1"
    assert without(without(joined("or", a, b), a), b) is None
    assert without(Not(a), a) is None
    assert joined("and", None, a) == a


TODAY = date(2026, 11, 26)  # a Thursday


@pytest.mark.parametrize(
    "word,start,end",
    [
        ("today", date(2026, 11, 26), date(2026, 11, 27)),
        ("yesterday", date(2026, 11, 25), date(2026, 11, 26)),
        ("tomorrow", date(2026, 11, 27), date(2026, 11, 28)),
        ("this_week", date(2026, 11, 23), date(2026, 11, 30)),
        ("last_week", date(2026, 11, 16), date(2026, 11, 23)),
        ("next_month", date(2026, 12, 1), date(2027, 1, 1)),
        ("last_quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("this_year", date(2026, 1, 1), date(2027, 1, 1)),
        ("last_7_days", date(2026, 11, 20), date(2026, 11, 27)),
        ("next_3_days", date(2026, 11, 26), date(2026, 11, 29)),
        ("last_2_weeks", date(2026, 11, 13), date(2026, 11, 27)),
        ("next_3_months", date(2026, 11, 26), date(2027, 2, 26)),
        ("overdue", None, date(2026, 11, 26)),
    ],
)
@pytest.mark.django_db
def test_times_as_people_say_them_are_spans_of_days(word, start, end):
    assert days_of(word, TODAY) == Span(start, end)


def test_a_month_back_ends_with_the_shorter_month():
    assert days_of("last_1_month", date(2027, 3, 31)) == Span(date(2027, 3, 1), date(2027, 4, 1))
    assert days_of("next_999_months", TODAY).end == date(2110, 2, 26)


@pytest.mark.parametrize("word", ["", "soon", "last_0_days", "last_1000_days", "last_3_hours", "this_3_days"])
def test_other_words_are_no_days(word):
    assert days_of(word, TODAY) is None
