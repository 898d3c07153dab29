"""Choices of custom fields are called in the reader's language; records keep one value, and files may have any name."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import translation

from leads.models import Lead
from salesflow.people.models import User
from salesflow.work.models import CustomField
from salesflow.work.services import export_start
from tests.api.conftest import call, cast
from tests.leads.cast import lead_of
from tests.leads.importing import counts, imported
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]
pytestmark = pytest.mark.django_db
TIER = {
    "resource": "leads", "key": "tier", "label": "Tier", "label_zh": "等级", "kind": "choice",
    "choices": ["Gold", "Silver"], "choice_names": {"Silver": "Sterling"},
    "choice_names_zh": {"Gold": "黄金", "Silver": "白银"},
}  # fmt: skip
USES = {"resource": "leads", "key": "uses", "label": "Uses", "kind": "multi_choice", "choices": ["Audit", "Chat"],
        "choice_names_zh": {"Audit": "审计"}}  # fmt: skip


@pytest.fixture
def alice(cast: SimpleNamespace, call: Callable[..., Any], settings: Any, tmp_path: Path) -> User:
    settings.MEDIA_ROOT = tmp_path
    for field in (TIER, USES):
        made = call("admin").post("custom-fields/", field)
        assert made.status_code == 201, made.content
    return cast.alice


def in_chinese(person: User, browse: Callable[..., Client]) -> Client:
    User.objects.filter(pk=person.pk).update(language="zh-hans")
    return browse("alice")


def exported(by: User, layout: str = "shown") -> str:
    query = "columns=custom.tier,custom.uses"
    job = export_start(by=by, resource="leads", query=query, format="csv", layout=layout)
    with default_storage.open(job.path) as file:
        return file.read().decode("utf-8-sig")


def test_forms_pages_lists_and_filters_say_them_in_the_reader_s_language(
    alice: User, browse: Callable[..., Client]
) -> None:
    lead = lead_of(alice, custom={"tier": "Silver", "uses": ["Audit", "Chat"]})
    listed = "/leads/?columns=custom.tier&filter=custom.tier+%3D+Silver"
    addresses = (f"/leads/{lead.pk}/", f"/leads/{lead.pk}/edit/", listed)
    for address in addresses:
        shown = browse("alice").get(address).content.decode()
        assert "Sterling" in shown and "白银" not in shown, address
    chinese = in_chinese(alice, browse)
    for address in addresses:
        shown = chinese.get(address).content.decode()
        assert "白银" in shown and "Sterling" not in shown, address
    edit = chinese.get(f"/leads/{lead.pk}/edit/").content.decode()
    assert 'value="Silver" selected' in edit and "审计" in edit and "Chat" in edit, "the value is the same"


def test_the_history_says_them_too(
    alice: User, call: Callable[..., Any], browse: Callable[..., Client]
) -> None:
    lead = lead_of(alice, custom={"tier": "Silver"})
    assert call("alice").patch(f"leads/{lead.pk}/", {"custom": {"tier": "Gold"}}).status_code == 200
    history = in_chinese(alice, browse).get(f"/leads/{lead.pk}/timeline/").content.decode()
    assert "白银" in history and "黄金" in history


def test_any_name_is_read_and_one_value_is_kept(alice: User, call: Callable[..., Any]) -> None:
    rows = [[f"Firm {place}", name, uses] for place, (name, uses) in enumerate((
        ("Silver", "Audit"), ("sterling", "审计, Chat"), ("白银", "Chat"), ("黄金", ""),
    ))]  # fmt: skip
    header = ["company_name", "custom.tier", "custom.uses"]
    assert counts(imported(alice, rows, header=header))[0] == 4
    held = Lead.objects.order_by("pk").values_list("custom", flat=True)
    assert [each["tier"] for each in held] == ["Silver", "Silver", "Silver", "Gold"]
    assert [each.get("uses") for each in held] == [["Audit"], ["Audit", "Chat"], ["Chat"], None]
    with translation.override("zh-hans"):
        refused = call("alice").post("leads/", {"company_name": "X", "custom": {"tier": "青铜"}})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "custom.tier"
    found = call("admin").get("leads/", {"filter": "custom.tier = Silver"}).json()["results"]
    assert {lead["custom"]["tier"] for lead in found} == {"Silver"} and len(found) == 3, (
        "REST tells the value"
    )


def test_a_file_leaves_in_the_reader_s_language_and_comes_in_again(alice: User) -> None:
    lead_of(alice, custom={"tier": "Silver", "uses": ["Audit", "Chat"]})
    assert "Sterling" in exported(alice)
    User.objects.filter(pk=alice.pk).update(language="zh-hans")
    with translation.override("zh-hans"):
        text = exported(User.objects.get(pk=alice.pk))
        again = exported(User.objects.get(pk=alice.pk), layout="import")
    assert "白银" in text and "审计" in text and "Silver" not in text and "等级" in text
    assert "Silver" in again and "白银" not in again, "what is to come in again has the values that are kept"


@pytest.mark.parametrize(
    "names",
    [{"Copper": "铜"}, {"Gold": "白银"}, {"Gold": "silver"}, {"Gold": "Sterling"}, {"Gold": ""}, ["Gold"]],
)
def test_a_name_that_would_be_two_choices_is_refused(
    alice: User, call: Callable[..., Any], names: Any
) -> None:
    tier = CustomField.objects.get(key="tier")
    given = {**tier.choice_names_zh, **names} if isinstance(names, dict) else names
    refused = call("admin").patch(f"custom-fields/{tier.pk}/", {"choice_names_zh": given})
    assert refused.status_code == 400
    assert {each["field"] for each in refused.json()["errors"]} == {"choice_names_zh"}


def test_a_retired_choice_keeps_its_names_and_the_administration_writes_them(
    alice: User, cast: SimpleNamespace, call: Callable[..., Any], browse: Callable[..., Client]
) -> None:
    lead = lead_of(alice, custom={"tier": "Silver"})
    tier = CustomField.objects.get(key="tier")
    form = {"label": "Tier", "kind": "choice", "choices": "Gold", "choice_names": "", "position": "0",
            "choice_names_zh": "Gold = 金\r\nSilver = 银"}  # fmt: skip
    answer = browse("admin").post(f"/admin/work/customfield/{tier.pk}/change/", form)
    assert answer.status_code == 302
    tier.refresh_from_db()
    assert (tier.retired, tier.choice_names_zh) == (["Silver"], {"Gold": "金", "Silver": "银"})
    assert "Gold = 金" in browse("admin").get(f"/admin/work/customfield/{tier.pk}/change/").content.decode()
    assert "银" in in_chinese(alice, browse).get(f"/leads/{lead.pk}/").content.decode()
