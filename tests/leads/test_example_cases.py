"""Example cases: a won lead told for others, reviewed on a schedule, with action items that are tasks."""

from datetime import timedelta

import pytest
from django.test import Client

from contacts.services import lead_convert
from leads.models import CaseAction, ExampleCase, Lead
from leads.services.cases import case_mark, case_reviews_ask
from leads.tasks import sweep_case_reviews
from salesflow.clocks.services import database_now
from salesflow.people.models import User
from salesflow.work.models import Task
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mona() -> User:
    return cast.person("mona", "manager")


@pytest.fixture
def ann(mona: User) -> User:
    team = cast.team("East", mona)
    return cast.person("ann", team=team)


@pytest.fixture
def won(ann: User) -> Lead:
    lead = cast.lead_of(ann, company_name="Arbor", contact_name="Kim")
    lead_convert(lead=lead, by=ann)
    return cast.fresh(lead)


def test_a_won_lead_becomes_an_example_once(ann: User, won: Lead) -> None:
    speak = caller_of(ann)
    said = speak.post(
        "example-cases/", {"lead": won.pk, "title": "Three calls", "what_worked": "A demo on site"}
    )
    assert said.status_code == 201
    case = said.json()
    assert (case["keeper"], case["review_every_days"], case["reviews"]) == (ann.pk, 90, [])
    assert speak.post("example-cases/", {"lead": won.pk, "title": "x"}).json()["code"] == "marked_already"
    other = cast.lead_of(ann)
    assert speak.post("example-cases/", {"lead": other.pk, "title": "x"}).json()["code"] == "not_won"
    assert speak.post("example-cases/", {"lead": won.pk, "title": ""}).status_code == 400
    assert speak.delete(f"example-cases/{case['id']}/").status_code == 204
    assert speak.post("example-cases/", {"lead": won.pk, "title": "Told anew"}).status_code == 201
    assert speak.post(f"example-cases/{case['id']}/restore/").json()["code"] == "marked_already"


def test_everybody_learns_from_it_and_only_those_who_may_change_it(ann: User, mona: User, won: Lead) -> None:
    case = case_mark(lead=won, by=ann, title="Three calls")
    eve = caller_of(cast.person("eve"))
    assert eve.get(f"example-cases/{case.pk}/").json()["title"] == "Three calls"
    assert eve.get(f"leads/{won.pk}/").status_code == 404
    assert eve.patch(f"example-cases/{case.pk}/", {"title": "x"}).status_code == 403
    assert eve.post("example-cases/", {"lead": won.pk, "title": "x"}).status_code == 400
    assert caller_of(mona).patch(f"example-cases/{case.pk}/", {"title": "Better"}).json()["title"] == "Better"


def test_the_review_is_asked_for_once_when_it_is_due_and_again_after_it(ann: User, won: Lead) -> None:
    case = case_mark(lead=won, by=ann, title="Three calls", review_every_days=30)
    assert sweep_case_reviews()["processed"] == 0
    ExampleCase.objects.update(next_review_at=database_now() - timedelta(hours=1))
    assert sweep_case_reviews()["processed"] == 1 and case_reviews_ask(limit=5)["processed"] == 0
    task = Task.objects.get(assignee=ann, state="open", title__contains="Three calls")
    said = caller_of(ann).post(
        f"example-cases/{case.pk}/review/",
        {"summary": "Still holds", "actions": [
            {"area": "assignment_rules", "title": "Give clinics to Ann"}, {"title": "Tell the others"},
        ]},
    )  # fmt: skip
    assert said.status_code == 200
    review = said.json()["reviews"][0]
    assert [each["area"] for each in review["actions"]] == ["assignment_rules", "other"]
    assert cast.fresh(task).state == "done"
    assert Task.objects.filter(pk__in=[each["task"] for each in review["actions"]], assignee=ann).count() == 2
    again = cast.fresh(case)
    assert again.review_task_id is None and again.next_review_at > database_now() + timedelta(days=29)


def test_an_action_item_goes_to_whom_one_may_give_tasks(ann: User, mona: User, won: Lead) -> None:
    case = case_mark(lead=won, by=ann, title="Three calls")
    item = {"title": "More leads for East", "area": "capacity", "assignee": mona.pk}
    body = {"summary": "x", "actions": [item]}
    assert caller_of(ann).post(f"example-cases/{case.pk}/review/", body).status_code == 403
    assert not CaseAction.objects.exists() and not case.reviews.exists()
    assert caller_of(mona).post(f"example-cases/{case.pk}/review/", body).status_code == 200
    body["actions"] = [{"title": "x", "area": "moon"}]
    assert caller_of(mona).post(f"example-cases/{case.pk}/review/", body).status_code == 400


def test_without_an_interval_nobody_is_asked(ann: User, won: Lead) -> None:
    case = case_mark(lead=won, by=ann, title="Three calls", review_every_days=None)
    assert case.next_review_at is None
    said = caller_of(ann).patch(f"example-cases/{case.pk}/", {"review_every_days": 7}).json()
    assert said["next_review_at"] is not None


def test_pages_mark_show_review_and_archive(ann: User, won: Lead) -> None:
    client = Client()
    client.force_login(ann)
    assert f"/leads/{won.pk}/example/" in client.get(f"/leads/{won.pk}/").content.decode()
    answer = client.post(f"/leads/{won.pk}/example/", {"title": "Three calls", "review_every_days": "30"})
    case = ExampleCase.objects.get()
    assert answer["Location"] == f"/cases/{case.pk}/"
    assert "Three calls" in client.get("/cases/").content.decode()
    assert client.get(f"/cases/{case.pk}/review/").status_code == 200
    said = {"summary": "Holds", "title_1": "Write it down", "area_1": "scripts"}
    assert client.post(f"/cases/{case.pk}/review/", said)["Location"] == f"/cases/{case.pk}/"
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "Holds" in page and "Write it down" in page
    answer = client.post(f"/cases/{case.pk}/edit/", {"title": "Four calls", "review_every_days": ""})
    assert (cast.fresh(case).title, cast.fresh(case).next_review_at) == ("Four calls", None)
    client.post(f"/cases/{case.pk}/archive/")
    assert cast.fresh(case).archived_at is not None
