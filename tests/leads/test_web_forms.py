"""Web forms: a stranger's message becomes a lead, once, whatever is sent; who was known never shows."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from leads.models import Campaign, Consent, FormSubmission, Lead, LeadEvent, LeadSource, WebForm
from leads.services.defaults import leads_ensure_defaults
from leads.web import submit
from leads.web.submit import ticket_of
from salesflow.people.models import User
from salesflow.people.services import config_changed
from salesflow.work.models import CustomField, Note
from tests.api.conftest import caller_of
from tests.leads import cast

pytestmark = pytest.mark.django_db
SITE = "https://www.arbor.test"
IDA = {"contact_name": "Ida Blum", "company_name": "Blum GmbH", "email": "ida@blum.test", "need": "A quote"}


@pytest.fixture
def form() -> WebForm:
    leads_ensure_defaults()
    cast.default_pool(members=[cast.person("ann")])
    cast.rule()
    source = LeadSource.objects.create(name="Site", channel="online", kind="web_form")
    campaign = Campaign.objects.create(name="Spring", source=source)
    return made(source=source, campaign=campaign)


def made(**values: Any) -> WebForm:
    form = WebForm(**{"name": "Guide", "title": "Get the guide", "allowed_origins": [SITE], **values})
    form.full_clean()
    form.save()
    return form


def address(form: WebForm) -> str:
    return f"/f/{form.token}/"


def ticket(form: WebForm, seconds: int = 10) -> str:
    """A ticket of a form that was shown so long ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds), tick=False):
        return ticket_of(form)


def post(form: WebForm, values: dict[str, Any] | None = None, **more: Any) -> Any:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    sent = dict(IDA if values is None else values)
    if "ticket" not in sent:
        sent["ticket"] = ticket(form)
    return client.post(
        address(form), {name: value for name, value in sent.items() if value is not None}, **more
    )


def test_a_message_becomes_a_lead_of_its_campaign(form: WebForm) -> None:
    page = "https://www.arbor.test/guide?utm_source=mail&utm_campaign=spring&x=1"
    answer = post(form, {**IDA, "page_url": page})
    assert (answer.status_code, answer["Location"]) == (303, f"/f/{form.token}/thanks/")
    lead = Lead.objects.get()
    assert (lead.contact_name, lead.email, lead.need) == ("Ida Blum", "ida@blum.test", "A quote")
    assert (lead.entered_via, lead.source, lead.campaign) == ("form", form.source, form.campaign)
    assert (lead.page_url, lead.utm) == (page, {"utm_source": "mail", "utm_campaign": "spring"})
    assert lead.owner is not None and lead.owner.name == "ann"
    assert LeadEvent.objects.get().kind == "form_submit"
    assert FormSubmission.objects.get().result == "created"


def test_the_page_needs_no_script_no_cookie_and_no_sign_in(form: WebForm) -> None:
    answer = Client().get(address(form))
    page = answer.content.decode()
    assert answer.status_code == 200 and "Get the guide" in page
    assert "<script" not in page and "style=" not in page and not answer.cookies
    assert f"frame-ancestors {SITE}" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"].replace("default-src 'none'", "")
    assert "X-Frame-Options" not in answer
    given = re.search(r'name="ticket" value="([^"]+)"', page)
    assert given and signing.TimestampSigner(salt="leads.web.form").unsign(given[1]).startswith(f"{form.pk}.")
    assert Client().get(f"{address(form)}thanks/").status_code == 200


def test_without_allowed_sites_nobody_frames_it(form: WebForm) -> None:
    WebForm.objects.update(allowed_origins=[])
    assert "frame-ancestors 'none'" in Client().get(address(form))["Content-Security-Policy"]


def test_it_speaks_the_language_of_the_form(form: WebForm) -> None:
    WebForm.objects.update(language="zh-hans")
    answer = Client().get(address(form), headers={"Accept-Language": "en"})
    assert '<html lang="zh-hans">' in answer.content.decode() and answer["Content-Language"] == "zh-hans"


def test_an_inactive_archived_or_unknown_form_is_not_there(form: WebForm) -> None:
    assert Client().get(address(form)).status_code == 200
    assert Client().get("/f/guessed/").status_code == 404
    WebForm.objects.update(is_active=False)
    assert Client().get(address(form)).status_code == 404
    assert post(form).status_code == 404
    assert not Lead.objects.exists()


def test_sent_twice_it_is_one(form: WebForm) -> None:
    same = {**IDA, "ticket": ticket(form)}
    assert [post(form, same).status_code for _each in range(2)] == [303, 303]
    assert (Lead.objects.count(), FormSubmission.objects.count(), Note.objects.count()) == (1, 1, 0)


def test_a_known_person_is_noted_and_nothing_shows_or_changes(form: WebForm) -> None:
    first = post(form)
    lead = Lead.objects.get()
    again = post(form, {**IDA, "contact_name": "Somebody Else", "need": "Call me"})
    assert (again.status_code, again["Location"]) == (first.status_code, first["Location"])
    assert Lead.objects.get().contact_name == lead.contact_name
    note = Note.objects.get()
    assert note.subject_id == lead.pk and "Call me" in note.body and "Somebody Else" in note.body
    assert list(FormSubmission.objects.order_by("pk").values_list("result", "lead_id")) == [
        ("created", lead.pk), ("known", lead.pk),
    ]  # fmt: skip
    assert LeadEvent.objects.filter(lead=lead).count() == 2
    owner = Client()
    owner.force_login(User.objects.get(name="ann"))
    assert "Call me" in owner.get(lead.get_absolute_url()).content.decode()


def test_consent_is_asked_and_kept_with_its_words(form: WebForm) -> None:
    WebForm.objects.update(consent_text="You may write to me.", consent_version="2")
    form.refresh_from_db()
    refused = post(form)
    assert refused.status_code == 400 and "Please agree" in refused.content.decode()
    assert not Lead.objects.exists()
    sender = {"REMOTE_ADDR": "203.0.113.77", "headers": {"User-Agent": "Phone\x00" + "x" * 900}}
    assert post(form, {**IDA, "consent": "1"}, **sender).status_code == 303
    WebForm.objects.update(consent_text="Other words", consent_version="3")
    consent = Consent.objects.get()
    assert (consent.lead, consent.text, consent.version) == (Lead.objects.get(), "You may write to me.", "2")
    assert consent.network == "203.0.113.0/24" and len(consent.user_agent) <= 300


def test_what_is_missing_or_unreadable_is_said_beside_its_field(form: WebForm) -> None:
    answer = post(form, {"company_name": 'Blum <b>"GmbH"', "email": "nowhere"})
    page = answer.content.decode()
    assert answer.status_code == 400 and page.count('aria-invalid="true"') == 2
    assert "Blum &lt;b&gt;&quot;GmbH&quot;" in page and "<b>" not in page
    assert not Lead.objects.exists() and not FormSubmission.objects.exists()


def test_markup_stays_text(form: WebForm) -> None:
    assert post(form, {**IDA, "need": "<script>alert(1)</script>"}).status_code == 303
    assert Lead.objects.get().need == "<script>alert(1)</script>"


def test_what_the_form_does_not_ask_is_not_taken(form: WebForm) -> None:
    post(form, {**IDA, "owner": "1", "status": "converted", "budget": "9", "external_id": "x", "source": "1"})
    lead = Lead.objects.get()
    assert (lead.status, lead.budget, lead.external_id, lead.source) == ("assigned", None, "", form.source)


def test_who_fills_in_the_trap_is_thanked_and_kept_apart(form: WebForm) -> None:
    answer = post(form, {**IDA, "homepage": "https://spam.test", "need": "Buy\x00 now"})
    assert answer.status_code == 303
    assert not Lead.objects.exists()
    spam = FormSubmission.objects.get()
    assert (spam.result, spam.lead, spam.values["need"]) == ("spam", None, "Buy now")


@pytest.mark.parametrize("seconds", [0, 100_000])
def test_too_quick_or_too_old_it_is_shown_once_more(form: WebForm, seconds: int) -> None:
    answer = post(form, {**IDA, "ticket": ticket(form, seconds)})
    assert answer.status_code == 400 and "Ida Blum" in answer.content.decode()
    assert not Lead.objects.exists()


def test_a_forged_ticket_or_one_of_another_form_is_none(form: WebForm) -> None:
    other = made(name="Other", source=form.source)
    for given in ("nonsense", ticket(form)[:-1] + "\u4e2d", ticket(other)):
        assert post(form, {**IDA, "ticket": given}).status_code == 400
    assert not Lead.objects.exists()
    assert post(other, {**IDA, "ticket": ticket(other)}).status_code == 303


def test_a_plain_form_of_an_allowed_site_is_taken_another_is_shown_ours(form: WebForm) -> None:
    bare = {**IDA, "ticket": None}
    for origin in ("https://evil.test", "null", f"{SITE}.evil.test"):
        assert post(form, bare, headers={"Origin": origin}).status_code == 400
    assert not Lead.objects.exists()
    assert post(form, bare, headers={"Origin": SITE}).status_code == 303
    assert Lead.objects.count() == 1


def test_after_sending_comes_the_page_of_the_form(form: WebForm) -> None:
    WebForm.objects.update(redirect_url="https://www.arbor.test/thanks")
    answer = post(form)
    assert answer["Location"] == "https://www.arbor.test/thanks"
    assert "form-action 'self' https://www.arbor.test;" in answer["Content-Security-Policy"]


def test_one_address_sends_so_many_and_a_form_takes_so_many_a_day(
    form: WebForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submit, "PER_ADDRESS", 2)
    sent = [post(form, {**IDA, "email": f"p{n}@x.test"}, REMOTE_ADDR="203.0.113.5") for n in range(3)]
    assert [answer.status_code for answer in sent] == [303, 303, 429]
    assert int(sent[-1]["Retry-After"]) > 0 and "p2@x.test" in sent[-1].content.decode()
    WebForm.objects.update(daily_limit=2)
    assert post(form, REMOTE_ADDR="203.0.113.6").status_code == 429
    assert FormSubmission.objects.count() == 2


def test_too_much_is_refused(form: WebForm) -> None:
    assert post(form, {**IDA, "need": "x" * 70_000}).status_code == 413
    many = Client(raise_request_exception=False).post(
        address(form), "f=&" * 2000, content_type="application/x-www-form-urlencoded"
    )
    assert many.status_code == 400
    assert post(form, {**IDA, "need": "x" * 6000}).status_code == 400
    assert post(form, {**IDA, "contact_name": "a\x00b"}).status_code == 400
    assert not Lead.objects.exists()
    assert Client().put(address(form)).status_code == 405


@pytest.mark.parametrize(
    "page",
    ["javascript:alert(1)", "x" * 1001, "https://a.test/?" + "a&" * 200, "https://[", "https://a\x00.test"],
)
def test_an_odd_page_of_origin_stops_nobody(form: WebForm, page: str) -> None:
    assert post(form, {**IDA, "page_url": page}).status_code == 303
    assert not Lead.objects.get().page_url.startswith("javascript")


def test_a_failure_on_the_way_leaves_nothing(form: WebForm, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    again = {**IDA, "ticket": ticket(form)}
    with monkeypatch.context() as patch:
        patch.setattr(submit, "rescore_soon", broken)
        assert post(form, again).status_code == 500
    assert not Lead.objects.exists() and not FormSubmission.objects.exists()
    assert post(form, again).status_code == 303
    assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"fields": []}, {"fields": "x"}, {"fields": [{"name": "owner"}]}, {"fields": [{"name": "company_name"}]},
        {"fields": [{"name": "email"}]}, {"fields": [{"name": "company_name"}, {"name": "email", "x": 1}]},
        {"fields": [{"name": "company_name"}, {"name": "email"}, {"name": "email"}]},
        {"fields": [{"name": "company_name", "label": 5}, {"name": "email"}]}, {"fields": [{"name": []}]},
        {"allowed_origins": ["*"]}, {"allowed_origins": ["https://a.test/"]}, {"allowed_origins": ["https://a.test;"]},
        {"allowed_origins": ["https://a.test 'unsafe-inline'"]}, {"allowed_origins": ["https://a:b@c.test"]},
        {"allowed_origins": ["https://a.test:x"]}, {"allowed_origins": ["ftp://a.test"]},
        {"redirect_url": "javascript:alert(1)"}, {"redirect_url": "https://a.test; script-src *"},
        {"consent_text": "Yes?", "consent_version": ""}, {"daily_limit": 0},
    ],
)  # fmt: skip
def test_a_form_that_cannot_work_is_refused(form: WebForm, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**{"name": "Wrong", "source": form.source, **wrong})


def test_it_asks_for_custom_fields_and_judges_them_by_their_kind(form: WebForm) -> None:
    fields = [
        {"key": "seats", "label": "Seats", "kind": "number", "help_text": "About", "required": True},
        {"key": "uses", "label": "Uses", "kind": "multi_choice", "choices": ["Audit", "Chat"]},
        {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Basic"], "required": True},
        {"key": "tier", "label": "Tier", "required": True},
        {"key": "origin", "label": "Origin", "default": "Web"},
        {"key": "sponsor", "label": "Sponsor", "kind": "user"},
    ]
    for values in fields:
        CustomField.objects.create(resource="leads", **values)
    config_changed()
    asked = [{"name": f"custom.{key}"} for key in ("seats", "uses", "plan", "origin")]
    own = made(name="Seats", source=form.source, fields=[{"name": "contact_name"}, {"name": "email"}, *asked])
    page = Client().get(address(own)).content.decode()
    for shown in (
        "Seats",
        "About",
        '<option value="Basic"',
        'type="checkbox" name="custom.uses" value="Chat"',
    ):
        assert shown in page, shown
    assert '<select id="q-custom-plan" name="custom.plan" required' in page
    sent = {
        "contact_name": "Ida", "email": "ida@blum.test", "custom.uses": ["Audit", "Chat"], "custom.seats": "many",
        "custom.origin": "", "custom.plan": "",
    }  # fmt: skip
    refused = post(own, {**sent, "ticket": ticket(own)})
    assert refused.status_code == 400
    text = refused.content.decode()
    assert "A number is needed here." in text and "This is needed." in text and 'value="Chat" checked' in text
    whole = {**sent, "custom.seats": "7", "custom.plan": "Basic"}
    assert post(own, {**whole, "ticket": ticket(own)}).status_code == 303
    assert Lead.objects.get().custom == {
        "seats": 7,
        "uses": ["Audit", "Chat"],
        "plan": "Basic",
        "origin": "Web",
    }
    assert post(own, {**whole, "custom.seats": "8", "ticket": ticket(own)}).status_code == 303
    assert "Seats: 8" in Note.objects.get().body
    for wrong in ("custom.sponsor", "custom.nothing", "custom.A"):
        with pytest.raises(ValidationError):
            made(name="Wrong", source=form.source, fields=[*own.fields, {"name": wrong}])


def test_a_submission_with_no_lead_is_spam(form: WebForm) -> None:
    with pytest.raises(IntegrityError, match="form_submission_has_its_lead"), transaction.atomic():
        FormSubmission.objects.create(form=form, key="k", result="created")


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_at_the_same_instant_is_one(form: WebForm) -> None:
    same = {**IDA, "ticket": ticket(form)}

    def send(_number: int) -> int:
        try:
            return int(post(form, same).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {303}
    assert (Lead.objects.count(), FormSubmission.objects.count(), Note.objects.count()) == (1, 1, 0)


def test_marketing_keeps_forms_over_rest_and_a_rep_does_not(
    caller: Callable[[str], Any], form: WebForm
) -> None:
    values = {
        "name": "Webinar", "source": form.source.pk, "campaign": form.campaign.pk, "allowed_origins": [SITE],
        "fields": [{"name": "company_name", "label": "Firm", "required": True}, {"name": "email"}],
    }  # fmt: skip
    assert caller("rep").post("web-forms/", values).status_code == 403
    answer = caller("marketing").post("web-forms/", values)
    assert answer.status_code == 201, answer.json()
    url = answer.json()["url"]
    token = url.rstrip("/").rpartition("/")[2]
    assert len(token) >= 24 and "Firm" in Client().get(f"/f/{token}/").content.decode()
    for wrong in ([{"name": "owner"}], [{"name": "email"}], "x", [[]]):
        assert (
            caller("marketing").post("web-forms/", {**values, "name": "W", "fields": wrong}).status_code
            == 400
        )


@pytest.fixture
def caller() -> Callable[[str], Any]:
    people: dict[str, Any] = {}

    def of(role: str) -> Any:
        if role not in people:
            people[role] = caller_of(cast.person(f"{role}-person", role))
        return people[role]

    return of
