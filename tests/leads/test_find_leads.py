"""Leads are found by any fragment of what they say now; what moves with their work leaves the index of it alone."""

from typing import Any

import pytest
from django.db import connection

from leads.lists import find_leads
from leads.models import Lead, LeadSearch
from leads.services import lead_claim, lead_edit, leads_rescore
from leads.services.clean import draft_of
from leads.services.enter import leads_enter
from salesflow.lib.bulk import WORTH_IT
from tests.leads import cast

pytestmark = pytest.mark.django_db


def found(query: str) -> list[str]:
    return sorted(find_leads(Lead.objects.all(), query).values_list("company_name", flat=True))


def entered(number: int, **values: Any) -> None:
    drafts = [
        draft_of({"company_name": f"Kestrel {place}", **values}, region="CN", base_currency="CNY")
        for place in range(number)
    ]
    leads_enter(drafts=drafts, by=None, via="import", assignment="none", on_duplicate="create")


@pytest.mark.parametrize("number", [1, WORTH_IT + 1])
def test_leads_are_found_as_soon_as_they_are_entered_one_or_many(number: int) -> None:
    entered(number)
    assert len(found("estrel")) == LeadSearch.objects.count() == number


def test_an_edit_is_found_and_what_stood_there_before_is_not() -> None:
    ann = cast.person("ann")
    lead = cast.lead_of(ann, company_name="上海明远科技")
    lead_edit(lead=lead, by=ann, values={"company_name": "上海启明软件"})
    assert (found("明远"), found("启明")) == ([], ["上海启明软件"])
    lead_edit(lead=cast.fresh(lead), by=ann, values={"email": "wang@kestrel.example"})
    assert found("@kestrel") == ["上海启明软件"]


def test_work_on_a_lead_does_not_write_its_fragments_again() -> None:
    """An index of fragments has fifty entries a lead; a new owner, score or deadline must not cost them."""
    ann = cast.person("ann")
    cast.default_pool(members=[ann])
    lead = cast.lead_in_pool(company_name="Kestrel")

    def version() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT ctid::text, xmin::text FROM leads_leadsearch WHERE lead_id = %s", [lead.pk]
            )
            return cursor.fetchall()

    before = version()
    assert before
    lead_claim(lead=lead, by=ann)
    Lead.objects.filter(pk=lead.pk).update(budget=900_000)
    assert leads_rescore([lead.pk], cause="edited") == 1
    cast.contact(cast.fresh(lead), ann)
    assert cast.fresh(lead).first_contacted_at is not None
    assert version() == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'leads_lead' AND indexdef LIKE '%gin%'"
        )
        assert all("keys" in row[0] for row in cursor.fetchall())


def test_the_index_answers_among_many() -> None:
    Lead.objects.bulk_create(
        Lead(company_name=f"Harbor {place:x} Foods", contact_name="王五", mobile=f"+86138{place * 7919:08d}")
        for place in range(3000)
    )
    cast.lead_of(cast.person("ann"), company_name="上海启明软件 Kestrel")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
        cursor.execute("ANALYZE leads_leadsearch")
    for query in ("启", "启明", "kestrel", "estr", "1380007919"):
        assert "lead_search" in find_leads(Lead.objects.all(), query).explain(), query
