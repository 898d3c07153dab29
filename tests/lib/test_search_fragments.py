"""Any fragment of a field is found, through the index, whatever the script or the notation of a number."""

import json
from collections.abc import Iterator

import pytest
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesflow.lib.search import CREATE_FUNCTION, Lexemes, matching, search, terms
from tests.support.shared import SHARED_DATA, needs_shared_data

NAUGHTY = SHARED_DATA / "naughty_strings" / "blns.json"
FIELDS = ["company", "person", "email", "phone"]


class Card(models.Model):
    """A scratch table with the column every searched model has."""

    company = models.TextField(default="")
    person = models.TextField(null=True)
    email = models.TextField(default="")
    phone = models.TextField(default="")
    search = models.GeneratedField(
        expression=Lexemes(*FIELDS), output_field=SearchVectorField(), db_persist=True
    )

    class Meta:
        app_label = "lib"
        managed = False
        db_table = "scratch_card"

    def __str__(self) -> str:
        return self.company


@pytest.fixture
def cards(db: None) -> Iterator[models.Manager]:
    with connection.cursor() as cursor:
        cursor.execute(CREATE_FUNCTION)
    with connection.schema_editor() as editor:
        editor.create_model(Card)
        editor.execute(
            "CREATE INDEX scratch_search ON scratch_card USING gin (search) WITH (fastupdate = off)"
        )
    rows = [
        ("北京明远科技有限公司", "张三", "zhang@mingyuan.com.cn", "+8613800138000"),
        ("上海启明软件", "李四", "", "021-6888 1234"),
        ("Kestrel Robotics Ltd", "Ann O'Brien", "ann@kestrel.io", "+44 20 7946 0958"),
        ("Harbor 100% Foods", "Jo_Hn", "jo.hn@harbor.de", "(030) 12-34 56"),
        ("Arbor AG", None, "info@arbor.ch", ""),
    ]
    for company, person, email, phone in rows:
        Card.objects.create(company=company, person=person, email=email, phone=phone)
    yield Card.objects
    with connection.schema_editor() as editor:
        editor.delete_model(Card)


def found(cards: models.Manager, query: str) -> list[str]:
    return [card.company.split()[0] for card in search(cards.all(), query, fields=FIELDS)]


@pytest.mark.parametrize(
    ("query", "companies"),
    [
        ("明", ["上海启明软件", "北京明远科技有限公司"]),
        ("明远", ["北京明远科技有限公司"]),
        ("远科技有", ["北京明远科技有限公司"]),
        ("科技 张三", ["北京明远科技有限公司"]),
        ("科技 李四", []),
        ("arbor", ["Arbor", "Harbor"]),
        ("ARBOR", ["Arbor", "Harbor"]),
        ("ＡＲＢＯＲ", ["Arbor", "Harbor"]),
        ("kestrel robotics", ["Kestrel"]),
        ("strel", ["Kestrel"]),
        ("el", ["Kestrel"]),
        ("bo", ["Arbor", "Harbor", "Kestrel"]),
        ("k", ["Kestrel"]),
        ("o'b", ["Kestrel"]),
        ("@kestrel", ["Kestrel"]),
        ("n@", ["Harbor", "Kestrel"]),
        ("@k", ["Kestrel"]),
        ("100%", ["Harbor"]),
        ("0%", ["Harbor"]),
        ("1%0", []),
        ("o_h", ["Harbor"]),
        ("j_h", []),
        ("zzz", []),
        ("%", []),
        ("_", []),
        ("", []),
        ("\x00", []),
        ("\ud800", []),
    ],
)
def test_a_fragment_is_found_wherever_it_stands(
    cards: models.Manager, query: str, companies: list[str]
) -> None:
    assert found(cards, query) == companies


@pytest.mark.parametrize(
    ("query", "company"),
    [
        ("13800138000", "北京明远科技有限公司"),
        ("+86 138-0013-8000", "北京明远科技有限公司"),
        ("008613800138000", "北京明远科技有限公司"),
        ("138 0013", "北京明远科技有限公司"),
        ("0013-80", "北京明远科技有限公司"),
        ("02168881234", "上海启明软件"),
        ("+86 21 6888 1234", "上海启明软件"),
        ("(021) 6888-1234", "上海启明软件"),
        ("68881234", "上海启明软件"),
        ("020 7946 0958", "Kestrel"),
        ("0044 20 79460958", "Kestrel"),
        ("030/123456", "Harbor"),
        ("启明 6888 1234", "上海启明软件"),
    ],
)
def test_a_number_is_found_in_any_notation(cards: models.Manager, query: str, company: str) -> None:
    assert found(cards, query) == [company]


def test_the_better_match_comes_first(cards: models.Manager) -> None:
    for company in ["New Arbors", "Arborist", "arbor", "Harbor"]:
        Card.objects.create(company=company)
    best = search(cards.all(), "Arbor", fields=["company"]).values_list("company", "search_rank")
    assert list(best) == [
        ("arbor", 0),
        ("Arborist", 1),
        ("Arbor AG", 1),
        ("New Arbors", 2),
        ("Harbor", 3),
        ("Harbor 100% Foods", 3),
    ]
    assert search(cards.all(), "Arbor", fields=["company"], limit=2).count() == 2


def test_the_caller_s_own_filter_holds(cards: models.Manager) -> None:
    mine = cards.exclude(company="Arbor AG")
    assert [c.company for c in search(mine, "arbor", fields=FIELDS)] == ["Harbor 100% Foods"]


def test_the_index_answers(cards: models.Manager) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scratch_card (company, person, email, phone)"
            " SELECT md5(i::text), '王五', '', (13000000000 + i * 7919)::text FROM generate_series(1, 5000) i"
        )
        cursor.execute("ANALYZE scratch_card")
    for query in ["明远", "启", "kestrel", "138001", "ar明"]:
        assert "scratch_search" in matching(cards.all(), query, fields=FIELDS).explain(), query


def test_the_functions_need_no_search_path(cards: models.Manager) -> None:
    """A dump is restored with an empty one; the generated column must still be computed."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute(
            "INSERT INTO public.scratch_card (company, person, email, phone) VALUES ('明', '', '', '1')"
        )
        cursor.execute("SET LOCAL search_path = public")
    assert found(cards, "明")[0] == "明"


@needs_shared_data
def test_naughty_strings_can_be_stored_and_searched(cards: models.Manager) -> None:
    for text in json.loads(NAUGHTY.read_text("utf-8")):
        stored = text.replace("\x00", "")
        card = Card.objects.create(company=stored)
        hits = [hit.pk for hit in matching(cards.all(), text, fields=FIELDS)]
        assert card.pk in hits or len(text) > 100 or len(terms(text)[:1]) == 0 or " " in text.strip(), text


WORDS = st.text(st.sampled_from("ab1 2-+.'_%@张明远アé（Ａ\\"), min_size=1, max_size=14)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(company=WORDS, start=st.integers(0, 12), length=st.integers(2, 6))
def test_every_fragment_of_two_signs_finds_its_row(
    cards: models.Manager, company: str, start: int, length: int
) -> None:
    """Cut at random out of the stored text: what has no white space and a word sign must be found."""
    fragment = company[start : start + length]
    wanted = terms(fragment)
    if len(wanted) != 1 or len(wanted[0]) < 2 or len(fragment.split()) != 1:
        return
    card = Card.objects.create(company=company)
    assert matching(cards.filter(pk=card.pk), fragment, fields=FIELDS).exists(), (company, fragment)
