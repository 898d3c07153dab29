"""Custom fields stand on the pages of leads: when one is entered, edited, looked at, and in what happened."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import translation

from leads.models import Lead
from leads.services.defaults import leads_ensure_defaults
from salesflow.people.services import config_changed
from salesflow.work.models import CustomField
from tests.api.conftest import cast
from tests.leads.cast import fresh, lead_of
from tests.support.pages import browse

__all__ = ["browse", "cast"]
pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]
FIELDS = [
    {"key": "floors", "label": "Floors", "label_zh": "楼层", "kind": "number", "group": "Building"},
    {"key": "page", "label": "Page", "kind": "link"},
    {"key": "worth", "label": "Worth", "kind": "money"},
    {"key": "tier", "label": "Tier", "kind": "choice", "choices": ["Gold"], "retired": ["Tin"], "default": "Gold"},
    {"key": "uses", "label": "Uses", "kind": "multi_choice", "choices": ["Audit", "Chat"]},
    {"key": "vip", "label": "VIP", "kind": "boolean", "required": True},
    {"key": "sponsor", "label": "Sponsor", "kind": "user"},
    {"key": "opened", "label": "Opened", "kind": "date", "help_text": "By <deed>"},
]  # fmt: skip
ENTERED = {
    "contact_name": "Zoe", "assignment": "me", "custom.floors": "1,200", "custom.page": "zeta.example",
    "custom.worth": "5 EUR", "custom.tier": "Gold", "custom.uses": ["Audit", "Chat"], "custom.vip": "true",
    "custom.opened": "2026-11-30",
}  # fmt: skip


@pytest.fixture(autouse=True)
def declared(cast: SimpleNamespace) -> None:
    leads_ensure_defaults()
    for place, values in enumerate(FIELDS):
        CustomField.objects.create(resource="leads", position=place, **values)
    config_changed()


def test_they_are_asked_for_and_checked_when_a_lead_is_entered(cast: SimpleNamespace, browse: Browse) -> None:
    alice = browse("alice")
    form = alice.get("/leads/new/").content.decode()
    for said in ("Building", "Floors", "By &lt;deed&gt;", '<option value="Gold" selected>', cast.mona.name):
        assert said in form, said
    refused = alice.post("/leads/new/", {**ENTERED, "custom.floors": "many", "custom.vip": ""})
    text = refused.content.decode()
    assert refused.status_code == 400 and 'value="many"' in text and 'value="zeta.example"' in text
    refused = alice.post("/leads/new/", {**ENTERED, "custom.floors": "many"})
    assert "A number is needed here." in refused.content.decode() and not Lead.objects.exists()
    assert alice.post("/leads/new/", {**ENTERED, "custom.sponsor": str(cast.mona.pk)}).status_code == 302
    assert Lead.objects.get().custom == {
        "floors": 1200, "page": "https://zeta.example", "worth": {"amount": "5.00", "currency": "EUR"}, "tier": "Gold",
        "uses": ["Audit", "Chat"], "vip": True, "sponsor": cast.mona.pk, "opened": "2026-11-30",
    }  # fmt: skip


def test_the_page_of_a_lead_says_them_in_words(cast: SimpleNamespace, browse: Browse) -> None:
    held = {
        "floors": 1200, "page": "https://zeta.example", "worth": {"amount": "1500.00", "currency": "EUR"},
        "vip": False, "sponsor": cast.mona.pk, "opened": "a while ago", "more": "<b>",
    }  # fmt: skip
    lead = lead_of(cast.alice, custom=held)
    page = browse("alice").get(f"/leads/{lead.pk}/").content.decode()
    for said in ("Building", "1,200", "€1,500", cast.mona.name, "a while ago", "&lt;b&gt;"):
        assert said in page, said
    assert '<a class="link" href="https://zeta.example" rel="noopener noreferrer nofollow"' in page
    Lead.objects.filter(pk=lead.pk).update(custom={"page": "javascript:alert(1)"})
    assert 'href="javascript' not in browse("alice").get(f"/leads/{lead.pk}/").content.decode()
    type(cast.alice).objects.filter(pk=cast.alice.pk).update(language="zh-hans")
    assert "楼层" in browse("alice").get(f"/leads/{lead.pk}/").content.decode()


def test_an_edit_keeps_what_it_does_not_touch(cast: SimpleNamespace, browse: Browse) -> None:
    held = {"tier": "Tin", "opened": "a while ago", "uses": ["Audit", "Fax"], "vip": True, "more": "x"}
    lead = lead_of(cast.alice, contact_name="Zoe", custom=held)
    alice, path = browse("alice"), f"/leads/{lead.pk}/edit/"
    form = alice.get(path).context["form"]
    sent = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
    sent = {name: getattr(value, "pk", value) for name, value in sent.items()}
    assert alice.post(path, sent).status_code == 302 and fresh(lead).custom == held
    assert alice.post(path, {**sent, "custom.floors": "7", "custom.uses": ["Audit"]}).status_code == 302
    assert fresh(lead).custom == {**held, "floors": 7, "uses": ["Audit"]}
    stale = alice.post(path, {**sent, "custom.tier": "Gold"})
    assert stale.status_code == 400 and list(stale.context["theirs"]) == ["Tier", "Uses", "Floors"]
    assert stale.context["theirs"]["Tier"] == "Tin"
    page = alice.get(f"/leads/{lead.pk}/").content.decode()
    assert '<span class="muted">Uses:</span> <del>Audit, Fax</del>' in page


def test_a_list_shows_and_says_them(cast: SimpleNamespace, browse: Browse) -> None:
    lead_of(cast.alice, custom={"sponsor": cast.mona.pk, "worth": {"amount": "7.00", "currency": "USD"}})
    alice = browse("alice")
    page = alice.get("/leads/?columns=custom.sponsor,custom.worth,custom.uses").content.decode()
    assert cast.mona.name in page and "$7" in page
    said = alice.get("/leads/", {"filter": f"custom.sponsor = {cast.mona.pk} and custom.tier is empty"})
    assert f"Sponsor is {cast.mona.name}" in said.content.decode()
    built = alice.get("/leads/", {"add_word": "custom.tier"}).content.decode()
    assert '<option value="Tin"' in built
    with translation.override("zh-hans"):
        assert CustomField.objects.get(key="floors").word.label == "楼层"


def test_two_leads_side_by_side_say_them_in_words(cast: SimpleNamespace, browse: Browse) -> None:
    held = {"worth": {"amount": "7.00", "currency": "EUR"}, "uses": ["Audit", "Chat"], "tier": None}
    one, other = lead_of(cast.alice, custom=held), lead_of(cast.alice, custom={"vip": True})
    text = browse("mona").get(f"/leads/{one.pk}/compare/?with={other.pk}").content.decode()
    assert "Worth: €7" in text and "Uses: Audit, Chat" in text and "VIP: Yes" in text and "Tier:" not in text
