"""What came by web forms and webhooks is looked at by those who keep them; the leads behind, by those who see leads."""

import pytest
from django.test import Client

from leads.models import FormSubmission, Lead, LeadWebhook, WebForm
from tests.api.conftest import caller_of
from tests.leads import cast
from tests.leads.test_inbound_webhooks import hook, send  # noqa: F401
from tests.leads.test_web_forms import IDA, SITE, form, post  # noqa: F401
from tests.support.pages import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(form: WebForm, hook: object) -> WebForm:  # noqa: F811
    post(form, {**IDA, "page_url": f"{SITE}/prices"})
    post(form, {**IDA, "need": "Again"})
    post(form, {**IDA, "homepage": "x"})
    send(hook, {"note": "nobody"})  # type: ignore[arg-type]
    return form


def page_of(who: str) -> str:
    browser = Client()
    browser.force_login(cast.person(who, who))
    answer = browser.get("/submissions/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_shows_when_by_what_from_where_and_what_became_of_it(sent: WebForm) -> None:
    page, lead = page_of("admin"), Lead.objects.get()
    for words in (
        "New lead",
        "Known lead",
        "Spam",
        "Rejected",
        f"{SITE}/prices",
        "Guide",
        "Ads",
        "company_name:",
    ):
        assert words in page, words
    assert page.count(f'class="row-link" href="{lead.get_absolute_url()}"') == 2
    assert IDA["need"] not in page


def test_who_keeps_forms_but_sees_no_leads_sees_no_names_and_others_nothing(sent: WebForm) -> None:
    page = page_of("marketing")
    assert f"{SITE}/prices" in page and "Ida Blum" not in page and "/leads/1" not in page
    assert f"{SITE}/prices" not in page_of("manager")


def test_over_rest_they_are_narrowed_and_counted(sent: WebForm) -> None:
    marketing = caller_of(cast.person("mia", "marketing"))
    rows = marketing.get(f"form-submissions/?form={sent.pk}").json()["results"]
    assert [row["result"] for row in rows] == ["spam", "known", "created"]
    assert rows[-1]["values"]["need"] == IDA["need"] and "body" not in rows[-1]
    assert marketing.get("form-submissions/count/?result=rejected,spam").json() == {"count": 2}
    one = FormSubmission.objects.get(result="rejected")
    assert "company_name" in marketing.get(f"form-submissions/{one.pk}/").json()["reason"]
    assert caller_of(cast.person("mona", "manager")).get("form-submissions/").status_code == 403


def test_a_rejected_one_is_taken_up_again_by_the_mapping_as_it_is_now(sent: WebForm) -> None:
    mia = cast.person("mia", "marketing")
    rejected, created = (FormSubmission.objects.get(result=result) for result in ("rejected", "created"))
    again = caller_of(mia).post(f"form-submissions/{rejected.pk}/retry/")
    assert (again.status_code, again.json()["result"]) == (200, "rejected")
    browser = Client()
    browser.force_login(mia)
    LeadWebhook.objects.update(mapping={"note": "contact_name"})
    answer = browser.post("/submissions/retry/", {"ids": [rejected.pk, created.pk]})
    assert answer.status_code == 302 and told(answer) == "1 message was taken up."
    rejected.refresh_from_db()
    assert (rejected.result, rejected.reason) == ("created", "")
    assert rejected.lead is not None and rejected.lead.contact_name == "nobody" and Lead.objects.count() == 2
    refused = caller_of(mia).post(f"form-submissions/{rejected.pk}/retry/")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_rejected")
    stale = caller_of(mia).post(f"form-submissions/{rejected.pk}/retry/", headers={"If-Match": '"1"'})
    assert stale.status_code == 412, "a record that counts no edits was seen by nobody at one"
