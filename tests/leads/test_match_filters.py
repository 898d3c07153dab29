"""The words of a rule's filter, asked of leads that may not be stored."""

import pytest

from leads.matching import Area, area_of, filter_of
from leads.models import Lead
from salesflow.lib.text.countries import country_code

LEAD = {
    "grade": "A", "source_id": 7, "industry": "Medical Devices", "country": "P.R. China", "region": "浙江省",
    "city": "宁波市", "score": 50, "tags": ["VIP", "expo"], "custom": {"size": 250, "opted": True, "note": "Größe"},
}  # fmt: skip


@pytest.mark.parametrize(
    "words,holds",
    [
        ({}, True),
        ({"grade": "A"}, True),
        ({"grade": ["B", "C"]}, False),
        ({"source": 7}, True),
        ({"source": ["7", "8"]}, True),
        ({"source": 8}, False),
        ({"channel": "online"}, True),
        ({"channel": "offline"}, False),
        ({"industry": "medical devices"}, True),
        ({"industry": "medical"}, False),
        ({"country": "CN"}, True),
        ({"country": ["Deutschland", "中华人民共和国"]}, True),
        ({"country": "Germany"}, False),
        ({"region": "浙江"}, True),
        ({"city": "寧波"}, True),
        ({"city": "杭州"}, False),
        ({"score_min": 50, "score_max": 50}, True),
        ({"score_min": 51}, False),
        ({"score_max": "49"}, False),
        ({"tags": ["vip", "other"]}, True),
        ({"tags": "other"}, False),
        ({"custom.size": 250}, True),
        ({"custom.size": "250"}, True),
        ({"custom.opted": True}, True),
        ({"custom.opted": "true"}, True),
        ({"custom.note": "grösse"}, True),
        ({"custom.missing": "x"}, False),
        ({"grade": "A", "city": "杭州"}, False),
    ],
)
def test_all_words_hold_and_of_several_values_any(words, holds):
    assert filter_of(words, {7: "online"})(Lead(**LEAD)) is holds


def test_a_lead_that_says_nothing_matches_no_place():
    assert not filter_of({"country": "CN"}, {})(Lead())
    assert not filter_of({"channel": "online"}, {7: "online"})(Lead())


@pytest.mark.parametrize(
    "text,code",
    [("China", "CN"), ("中国", "CN"), ("cn", "CN"), ("United States", "US"), ("USA", "US"), ("México", "MX"),
     ("Deutschland", "DE"), ("德国", "DE"), ("uk", "GB"), ("Atlantis", None), ("", None), (None, None)],
)  # fmt: skip
def test_a_country_has_one_code_however_it_is_spelled(text, code):
    assert country_code(text) == code


def test_of_equally_specific_territories_the_first_made_holds():
    areas = [Area.of(2, 20, ["CN"], [], []), Area.of(1, 10, ["China"], [], [])]
    assert area_of(areas, "中国", "", "").id == 1
    assert area_of(areas, "", "", "") is None


def test_a_place_name_keeps_enough_of_itself():
    areas = [Area.of(1, 10, [], [], ["市"]), Area.of(2, 10, [], ["省"], [])]
    assert area_of(areas, "", "", "") is None
