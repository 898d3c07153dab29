"""Signed messages of platforms: each becomes a lead once, whoever sends what; and forms posted to as JSON."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from leads.models import FormSubmission, Lead, LeadEvent, LeadWebhook, WebForm
from leads.services.webhooks import _key, webhook_secret_set
from leads.web import hooks
from leads.web.messages import value_at
from leads.web.signature import signature_of
from salesflow.clocks.services import database_now
from salesflow.journal.models import Event
from salesflow.people.models import IdempotentAnswer, User, Workspace
from salesflow.work.models import Note
from tests.api.conftest import caller_of
from tests.leads import cast
from tests.leads.test_web_forms import IDA, SITE, address, form, post  # noqa: F401

pytestmark = pytest.mark.django_db
AD = {
    "id": 7,
    "data": {
        "fields": [
            {"name": "full_name", "values": ["Ida Blum"]},
            {"name": "email", "values": ["ida@blum.test"]},
            {"name": "tel", "values": ["0049 (30) 123456"]},
        ],
        "budget": 1200.5,
        "campaign": "spring",
    },
    "note": "Two plants",
}
MAPPING = {
    "data.fields[name=full_name].values.0": "contact_name", "data.fields[name=email].values": "email",
    "data.fields[name=tel].values": "phone", "data.budget": "budget", "note": "need", "id": "custom.ad_id",
    "data.campaign": "utm.utm_campaign", "data.missing.deep.9": "city",
}  # fmt: skip


@pytest.fixture
def hook(form: WebForm) -> LeadWebhook:  # noqa: F811
    hook = LeadWebhook(name="Ads", source=form.source, campaign=form.campaign, mapping=MAPPING)
    hook.full_clean()
    hook.save()
    hook.plain = webhook_secret_set(webhook=hook, by=None)  # type: ignore[attr-defined]
    return hook


def send(hook: LeadWebhook, body: Any = AD, *, number: str = "msg_1", **more: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = more.pop("at", int(database_now().timestamp()))
    key = _key(more.pop("secret", getattr(hook, "plain", "x" * 20)))
    headers = {"webhook-id": number, "webhook-timestamp": str(at),
               "webhook-signature": signature_of(key, number, str(at), more.pop("signed", raw))}  # fmt: skip
    headers.update(more.pop("headers", {}))
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    kind = more.pop("kind", "application/json")
    return client.post(f"/f/{hook.token}/hook/", raw, content_type=kind, headers=headers, **more)


def test_a_message_becomes_a_lead_of_its_campaign(hook: LeadWebhook) -> None:
    answer = send(hook)
    assert (answer.status_code, answer.json()) == (202, {"result": "accepted"})
    lead = Lead.objects.get()
    assert (lead.contact_name, lead.email, lead.phone, str(lead.budget)) == (
        "Ida Blum", "ida@blum.test", "+4930123456", "1200.50",
    )  # fmt: skip
    assert (lead.need, lead.custom, lead.utm) == ("Two plants", {"ad_id": "7"}, {"utm_campaign": "spring"})
    assert (lead.entered_via, lead.source, lead.campaign, lead.source_detail) == (
        "webhook", hook.source, hook.campaign, "Ads",
    )  # fmt: skip
    assert lead.owner is not None and LeadEvent.objects.get().kind == "form_submit"
    kept = FormSubmission.objects.get()
    assert json.loads(kept.body) == AD and (kept.result, kept.lead, kept.form) == ("created", lead, None)


def test_sent_again_it_is_answered_alike_and_changes_nothing(hook: LeadWebhook) -> None:
    answers = [send(hook) for _each in range(2)] + [send(hook, {"note": "other"})]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"result": "accepted"}')}
    assert (Lead.objects.count(), FormSubmission.objects.count(), Note.objects.count()) == (1, 1, 0)


def test_a_known_person_is_noted_and_nothing_shows_or_changes(hook: LeadWebhook, form: WebForm) -> None:  # noqa: F811
    post(form)
    assert send(hook).json() == {"result": "accepted"}
    lead = Lead.objects.get()
    assert lead.need == "A quote" and "Two plants" in Note.objects.get(subject_id=lead.pk).body
    assert FormSubmission.objects.get(webhook=hook).result == "known"


def test_what_makes_no_lead_is_kept_with_the_reason(hook: LeadWebhook) -> None:
    Workspace.objects.update(language="zh-hans")
    first, again = (send(hook, {"note": "nobody"}) for _each in range(2))
    assert first.status_code == 202 and first.json()["result"] == "rejected"
    assert again.content == first.content
    kept = FormSubmission.objects.get()
    assert (kept.result, kept.lead, json.loads(kept.body)) == ("rejected", None, {"note": "nobody"})
    assert kept.reason == first.json()["reason"] and "company_name" in kept.reason and "联系人" in kept.reason
    assert not Lead.objects.exists()


def test_what_cannot_be_read_of_a_number_is_flagged(hook: LeadWebhook) -> None:
    send(hook, {**AD, "data": {"fields": [*AD["data"]["fields"][:2], {"name": "tel", "values": ["ask me"]}]}})  # type: ignore[index]
    assert (Lead.objects.get().phone, Lead.objects.get().flags) == ("ask me", {"phone": "invalid"})


def test_what_nobody_vouches_for_is_refused(hook: LeadWebhook) -> None:
    now = int(database_now().timestamp())
    refused: list[tuple[dict[str, Any], str]] = [
        ({"signed": b"other"}, "bad_signature"), ({"secret": "whsec_" + "QUJD" * 8}, "bad_signature"),
        ({"at": now - 310}, "stale"), ({"at": now + 310}, "stale"), ({"at": "soon"}, "unsigned"),
        ({"at": "9" * 20}, "unsigned"), ({"headers": {"webhook-signature": ""}}, "unsigned"),
        ({"headers": {"webhook-id": "a b"}}, "unsigned"), ({"headers": {"webhook-id": ""}}, "unsigned"),
        ({"headers": {"webhook-signature": "v1,\u00e9 v1a,x"}}, "bad_signature"),
        ({"headers": {"webhook-id": "msg_2"}}, "bad_signature"),
    ]  # fmt: skip
    for more, code in refused:
        answer = send(hook, **more)
        assert (answer.status_code, answer.json()) == (401, {"error": code}), more
    assert not FormSubmission.objects.exists()
    assert send(hook, at=now - 290).status_code == 202


def test_what_is_no_message_is_refused(hook: LeadWebhook) -> None:
    refused: list[tuple[Any, int]] = [
        (b"x" * 300_000, 413), (b" ", 400), (b"[1]", 400), (b'{"a": NaN}', 400), (b"\xff\xfe{}", 400),
        (b"[" * 90_000, 400), ({f"f{n}": 1 for n in range(1001)}, 400), ({"a": [[{}] * 9] * 200}, 400),
        (b'{"a": ' + b"1" * 9000 + b"}", 400),
    ]  # fmt: skip
    for body, status in refused:
        assert send(hook, body).status_code == status, str(body)[:40]
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        assert send(hook, kind=kind).status_code == 415
    assert not FormSubmission.objects.exists()


def test_odd_values_stop_nothing(hook: LeadWebhook) -> None:
    odd: list[Any] = [
        {"data": [], "note": {"a": 1}},
        {"data": {"fields": [{"name": "full_name", "values": [[], {}, None, True, 5]}]}},
        {"data": {"fields": [{"name": "full_name", "values": ["\x00\ud800"]}]}, "note": "x" * 9000},
        {"id": "\u0000", "data": {"budget": 1e999}},
        {"data": {"fields": {"0": 1}}},
        {"data": {"fields": [{"name": "full_name", "values": ["Kim"]}]}, "id": "\x00"},
    ]
    for number, body in enumerate(odd):
        raw = json.dumps(body).replace("Infinity", "1e999").encode()
        assert send(hook, raw, number=f"m{number}").status_code == 202, body
        assert FormSubmission.objects.get(key=f"m{number}").body == raw.decode()


def test_paths_lead_into_objects_and_lists() -> None:
    body = {"a": {"b": [{"k": "x", "v": [1, 2]}, {"k": 5, "v": "five"}]}, "with space": 1}
    found = {
        path: value_at(body, path)
        for path in ("a.b[k=x].v.1", "a.b[k=5].v", "a.b.7", "a.b.-1", "with space", "q.r")
    }
    assert list(found.values()) == [2, "five", None, None, 1, None]


def test_a_mapping_that_means_nothing_is_refused(hook: LeadWebhook) -> None:
    refused: list[tuple[Any, str]] = [
        ([], "blank"), ({}, "blank"), (["email"], "invalid"), ({"a": "email"}, "required"),
        ({"a..b": "contact_name"}, "bad_path"), ({"a.": "contact_name"}, "bad_path"),
        ({"a[b]": "contact_name"}, "bad_path"), ({"\x00": "email"}, "bad_path"), ({"a": "owner"}, "bad_target"),
        ({"a": 5}, "bad_target"), ({"a": "custom.Big"}, "bad_target"),
        ({f"p{n}": "need" for n in range(101)}, "invalid"),
    ]  # fmt: skip
    for mapping, code in refused:
        hook.mapping = mapping
        with pytest.raises(ValidationError) as fault:
            hook.full_clean()
        assert [each.code for each in fault.value.error_dict["mapping"]] == [code], mapping


def test_while_a_secret_is_exchanged_both_are_good_for_a_day(hook: LeadWebhook) -> None:
    old = hook.plain  # type: ignore[attr-defined]
    admin = cast.person("root", "admin")
    answer = caller_of(admin).post(f"lead-webhooks/{hook.pk}/new-secret/", {"secret": "platform-made-secret"})
    assert answer.json() == {"secret": "platform-made-secret"}
    for number, secret in enumerate((old, "platform-made-secret")):
        assert send(hook, number=f"m{number}", secret=secret).status_code == 202
    LeadWebhook.objects.update(former_until=timezone.now() - timedelta(seconds=1))
    assert send(hook, number="m9", secret=old).status_code == 401
    assert "platform-made" not in LeadWebhook.objects.get().secret
    told = caller_of(admin).get(f"lead-webhooks/{hook.pk}/").json()
    assert (
        told["has_secret"] is True and "secret" not in told and told["url"].endswith(f"/f/{hook.token}/hook/")
    )
    assert Event.objects.filter(kind="leads.webhook_secret_changed", actor=admin).count() == 1
    short = caller_of(admin).post(f"lead-webhooks/{hook.pk}/new-secret/", {"secret": "whsec_short"})
    assert short.status_code == 400
    path, key = f"lead-webhooks/{hook.pk}/new-secret/", {"Idempotency-Key": "1"}
    first, again = (caller_of(admin).post(path, headers=key) for _each in range(2))
    assert first.json() == again.json() and again.headers["Idempotent-Replayed"] == "true"
    assert first.json()["secret"] not in IdempotentAnswer.objects.get(key="1").body
    assert Event.objects.filter(kind="leads.webhook_secret_changed", actor=admin).count() == 2
    rep = User.objects.get(name="ann")
    assert caller_of(rep).post(f"lead-webhooks/{hook.pk}/new-secret/").status_code == 403


def test_without_a_secret_or_switched_off_nothing_is_taken(hook: LeadWebhook, settings: Any) -> None:
    assert Client().get(f"/f/{hook.token}/hook/").status_code == 405
    settings.SECRET_KEY = "another key altogether, with the former one forgotten"
    assert send(hook).status_code == 401, "sealed under a key that is gone"
    LeadWebhook.objects.update(secret="")
    assert send(hook).status_code == 401
    LeadWebhook.objects.update(is_active=False)
    assert send(hook).status_code == 404
    assert send(LeadWebhook(token="guessed")).status_code == 404


def test_one_address_sends_so_many(hook: LeadWebhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "PER_ADDRESS", 2)
    answers = [send(hook, number=f"m{n}", signed=b"forged", REMOTE_ADDR="203.0.113.9") for n in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429] and int(
        answers[-1]["Retry-After"]
    ) > 0
    assert send(hook, REMOTE_ADDR="203.0.113.10").status_code == 202


@pytest.mark.django_db(transaction=True)
def test_the_same_message_at_the_same_instant_is_one(hook: LeadWebhook) -> None:
    def once(_number: int) -> int:
        try:
            return int(send(hook).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(once, range(4))) == {202}
    assert (Lead.objects.count(), FormSubmission.objects.count(), Note.objects.count()) == (1, 1, 0)


# -- a form posted to as JSON -------------------------------------------------------------------------------------


def say(form: WebForm, body: Any, **headers: str) -> Any:  # noqa: F811
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        address(form), raw, content_type="application/json", headers={"Origin": SITE, **headers}
    )


def test_a_script_of_an_allowed_site_posts_json(form: WebForm) -> None:  # noqa: F811
    WebForm.objects.update(consent_text="You may write to me.", consent_version="1")
    asked = Client().options(address(form), headers={"Origin": SITE, "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, SITE)
    answer = say(form, {**IDA, "consent": True, "page_url": f"{SITE}/a?utm_source=mail", "owner": 1})
    assert (answer.status_code, answer.json(), answer["Access-Control-Allow-Origin"]) == (
        201, {"result": "accepted"}, SITE,
    )  # fmt: skip
    assert (Lead.objects.get().utm, Lead.objects.get().email) == ({"utm_source": "mail"}, "ida@blum.test")
    assert say(form, {**IDA, "consent": True}).json() == {"result": "accepted"}
    refused = say(form, {**IDA, "email": "nowhere"})
    assert refused.status_code == 400 and set(refused.json()["errors"]) == {"email", "consent"}
    assert say(form, {**IDA, "homepage": "x"}).status_code == 201
    assert Lead.objects.count() == 1


def test_json_that_cannot_be_read_is_refused(form: WebForm) -> None:  # noqa: F811
    refused: list[tuple[Any, int]] = [
        (b" ", 400), (b"[]", 400), (b"[" * 50_000, 400), ({"email": 5}, 400), ({"consent": "yes"}, 400),
        (b"x" * 70_000, 413), ({"contact_name": "\x00\ud800", "email": "a@b.test"}, 400), (b"\xff", 400),
    ]  # fmt: skip
    for body, status in refused:
        assert say(form, body).status_code == status, str(body)[:40]
    assert not Lead.objects.exists()


def test_json_of_any_other_site_is_refused(form: WebForm) -> None:  # noqa: F811
    for origin in ("https://evil.test", "null", ""):
        answer = say(form, IDA, Origin=origin)
        assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer
        asked = Client().options(address(form), headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in asked
    assert not Lead.objects.exists()
