"""The inbox: what is new on top, read by opening, and the figure at the bell."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from salesflow.journal.models import Notice
from salesflow.journal.services import notices_read
from salesflow.work.services import task_create
from tests.leads.cast import lead_of
from tests.support.pages import HTMX

pytestmark = pytest.mark.django_db
Browse = Callable[..., Client]


def tell(user: Any, number: int = 1, **values: Any) -> list[Notice]:
    made = [
        Notice(user=user, **{"kind": "leads.assigned", "params": {"count": 1}, **values})
        for _ in range(number)
    ]
    return Notice.objects.bulk_create(made)


def count(client: Client) -> int:
    return client.get("/notices/count/").json()["count"]


def test_the_bell_counts_what_is_unread_and_only_ones_own(cast: SimpleNamespace, browse: Browse) -> None:
    tell(cast.alice, 3)
    tell(cast.bob)
    assert count(browse("alice")) == 3
    assert count(browse("bob")) == 1
    assert count(browse("charlie")) == 0
    notices_read(user=cast.alice)
    assert count(browse("alice")) == 0


def test_the_bell_counts_no_further_than_it_can_show(cast: SimpleNamespace, browse: Browse) -> None:
    tell(cast.alice, 150)
    assert count(browse("alice")) == 100


def test_the_bell_says_nothing_to_strangers(client: Client) -> None:
    response = client.get("/notices/count/")
    assert response.status_code == 401
    assert response.json() == {"count": 0}


def test_the_bell_rings_without_redis_by_one_indexed_look(
    cast: SimpleNamespace, browse: Browse, settings: Any
) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/1"}}
    tell(cast.alice, 2)
    tell(cast.alice, 2000, read_at=timezone.now())
    client = browse("alice")
    assert cache.get("anything") is None  # Redis is away
    with CaptureQueriesContext(connection) as queries:
        assert count(client) == 2
    ours = [each["sql"] for each in queries.captured_queries if "journal_notice" in each["sql"]]
    assert len(ours) == 1
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE journal_notice")
        cursor.execute("EXPLAIN " + ours[0])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "notice_unread" in plan, plan


def test_unread_notices_stand_on_top_of_older_and_newer_ones_that_were_read(
    cast: SimpleNamespace, browse: Browse
) -> None:
    old, _middle, newest = tell(cast.alice, 3)
    Notice.objects.filter(pk__in=[newest.pk, _middle.pk]).update(read_at=timezone.now())
    page = browse("alice").get("/notices/").context["page"]
    assert [line.id for line in page.unread] == [old.pk]
    assert [line.id for line in page.read] == [newest.pk, _middle.pk]


def test_a_notice_names_the_record_behind_it_and_opening_it_is_reading_it(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.alice, contact_name="Wang Xiaolin")
    notice = tell(cast.alice, subject_type="leads.lead", subject_id=lead.pk)[0]
    client = browse("alice")
    html = client.get("/notices/").content.decode()
    assert "Leads assigned to you: 1" in html
    assert "Wang Xiaolin" in html
    response = client.get(reverse("notice-open", args=[notice.pk]))
    assert response["Location"] == lead.get_absolute_url()
    assert count(client) == 0


def test_a_record_that_is_no_longer_ones_to_see_is_neither_named_nor_linked(
    cast: SimpleNamespace, browse: Browse
) -> None:
    lead = lead_of(cast.charlie, contact_name="Wang Xiaolin")
    notice = tell(cast.alice, kind="leads.contacted", subject_type="leads.lead", subject_id=lead.pk)[0]
    client = browse("alice")
    assert "Wang Xiaolin" not in client.get("/notices/").content.decode()
    response = client.get(reverse("notice-open", args=[notice.pk]))
    assert response["Location"] == "/notices/"
    assert "no longer yours" in client.get("/notices/").content.decode()


def test_news_of_several_leads_leads_to_their_list(cast: SimpleNamespace, browse: Browse) -> None:
    notice = tell(cast.alice, params={"count": 3})[0]
    response = browse("alice").get(reverse("notice-open", args=[notice.pk]))
    assert response["Location"] == "/leads/?owner=me&ordering=first_contact_due_at"


def test_notices_of_others_are_not_to_be_opened_or_read(cast: SimpleNamespace, browse: Browse) -> None:
    notice = tell(cast.bob)[0]
    alice = browse("alice")
    assert alice.get(reverse("notice-open", args=[notice.pk])).status_code == 404
    assert alice.post("/notices/read/", {"id": notice.pk}, headers=HTMX).status_code == 404
    assert Notice.objects.get(pk=notice.pk).read_at is None
    assert browse("bob").get(reverse("notice-open", args=[notice.pk])).status_code == 302


def test_one_notice_is_marked_in_place_and_the_bell_is_told(cast: SimpleNamespace, browse: Browse) -> None:
    first, second = tell(cast.alice, 2)
    client = browse("alice")
    response = client.post("/notices/read/", {"id": first.pk}, headers=HTMX)
    assert response["HX-Trigger"] == "notices"
    assert "is-unread" not in response.content.decode()
    assert "Mark as read" not in response.content.decode()
    assert Notice.objects.get(pk=second.pk).read_at is None


def test_all_are_marked_at_once(cast: SimpleNamespace, browse: Browse) -> None:
    tell(cast.alice, 3)
    tell(cast.bob)
    client = browse("alice")
    response = client.post("/notices/read/", follow=True)
    assert "3 notices are marked as read." in response.content.decode()
    assert count(client) == 0
    assert count(browse("bob")) == 1


def test_reading_takes_a_post(browse: Browse) -> None:
    assert browse("alice").get("/notices/read/").status_code == 405


def test_older_notices_come_in_parts_without_gap_or_doublet(cast: SimpleNamespace, browse: Browse) -> None:
    made = [notice.pk for notice in tell(cast.alice, 120)]
    notices_read(user=cast.alice)
    client, seen, address = browse("alice"), [], "/notices/"
    while address:
        page = client.get(address, headers=HTMX).context["page"]
        seen += [line.id for line in page.read]
        address = f"/notices/?before={page.next}" if page.next else ""
    assert seen == made[::-1]


def test_the_unread_tab_pages_through_unread_ones_only(cast: SimpleNamespace, browse: Browse) -> None:
    made = [notice.pk for notice in tell(cast.alice, 60)]
    tell(cast.alice, 5, read_at=timezone.now())
    client = browse("alice")
    first = client.get("/notices/?view=unread").context["page"]
    rest = client.get(f"/notices/?view=unread&before={first.next}").context["page"]
    assert [line.id for line in [*first.unread, *rest.unread]] == made[::-1]
    assert first.read == rest.read == []


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "1e3", "٣", "%00", "1 OR 1=1"])
def test_a_strange_place_in_the_inbox_is_its_beginning(browse: Browse, before: str) -> None:
    assert browse("alice").get(f"/notices/?before={before}").status_code == 200
    assert browse("alice").get(f"/notices/{'9' * 40}/").status_code == 404


def test_the_inbox_costs_the_same_for_three_notices_and_for_a_hundred(
    cast: SimpleNamespace, browse: Browse
) -> None:
    leads = [lead_of(cast.alice) for _ in range(3)]
    client = browse("alice")
    client.get("/notices/")
    costs = []
    for lead in leads:
        tell(cast.alice, 30, subject_type="leads.lead", subject_id=lead.pk)
        tell(cast.alice, 3, subject_type="leads.lead", subject_id=lead.pk, read_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/notices/").status_code == 200
        costs.append(len(queries))
    assert len(set(costs)) == 1
    assert costs[0] <= 13, [query["sql"][:200] for query in queries.captured_queries]


def test_a_notice_is_told_in_the_readers_language(cast: SimpleNamespace, browse: Browse) -> None:
    task_create(by=cast.mona, assignee=cast.alice, title="Ring <b>Wang</b>")
    html = browse("alice").get("/notices/").content.decode()
    assert "You were given a task: Ring &lt;b&gt;Wang&lt;/b&gt;" in html
