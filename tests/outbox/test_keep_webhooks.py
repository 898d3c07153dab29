"""Webhooks in the admin and over REST: the secret is shown once, and each keeps his own."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from salesflow.lib.vault import opened
from salesflow.outbox.models import Webhook, WebhookDelivery
from salesflow.outbox.services import errands_run
from salesflow.people.models import IdempotentAnswer
from salesflow.people.services import user_create
from tests.admin.pages import add, change, deed, faults, page
from tests.api.conftest import Caller, caller_of
from tests.support.pages import told
from tests.support.web import WebPeer, web_peer

__all__ = ["web_peer"]
pytestmark = pytest.mark.django_db
BODY = {"name": "ERP", "url": "https://hooks.example.com/in", "kinds": ["leads.created"]}


@pytest.fixture
def admin(browse: Callable[..., Client]) -> Client:
    return browse("admin")


@pytest.fixture
def erp(cast: SimpleNamespace) -> Caller:
    """A system that signs in with a token of its own."""
    person = user_create(by=None, email="erp@cast.test", name="ERP", password=None, roles=["integration"])
    return caller_of(person)


def test_a_webhook_is_entered_and_its_secret_shown_once(admin: Client, cast: Any) -> None:
    answer = add(
        admin, Webhook, name="ERP", url=BODY["url"], owner=str(cast.admin.pk), kinds=["leads.created"]
    )
    webhook = Webhook.objects.get()
    secret = opened(webhook.secret_box)
    assert secret.startswith("whsec_") and secret in answer.content.decode()
    shown = admin.get(page(Webhook, "change", webhook)).content.decode()
    assert secret not in shown and webhook.secret_box not in shown
    assert "Renew" in admin.get(page(Webhook, "renew", webhook)).content.decode()
    assert opened(Webhook.objects.get().secret_box) == secret, "asking changes nothing"
    renewed = admin.post(page(Webhook, "renew", webhook)).content.decode()
    fresh = Webhook.objects.get()
    assert opened(fresh.secret_box) in renewed and opened(fresh.former_box) == secret


def test_an_address_inside_is_refused(admin: Client, cast: Any) -> None:
    answer = add(admin, Webhook, name="ERP", url="https://10.0.0.8/in", owner=str(cast.admin.pk))
    assert "url" in faults(answer)
    answer = caller_of(cast.admin).post("webhooks/", {**BODY, "url": "https://localhost/in"})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "url"


def test_it_is_tried_out_looked_at_sent_again_and_archived(
    admin: Client, cast: Any, web_peer: WebPeer
) -> None:
    add(admin, Webhook, name="ERP", url=web_peer.url(), owner=str(cast.admin.pk))
    webhook = Webhook.objects.get()
    assert "on its way" in told(deed(admin, webhook, "try_out"))
    web_peer.headers, web_peer.body = {"X-From": "erp<>"}, b"taken <b>"
    errands_run()
    delivery = WebhookDelivery.objects.get()
    listed = admin.get(page(Webhook, "deliveries", webhook), follow=True).content.decode()
    assert "webhook.test" in listed
    shown = admin.get(page(WebhookDelivery, "change", delivery)).content.decode()
    assert "x-from: erp&lt;&gt;" in shown and "taken &lt;b&gt;" in shown and delivery.message_id in shown
    deed(admin, delivery, "replay")
    assert errands_run() == {"sent": 1, "failed": 0} and len(web_peer.taken) == 2
    assert change(admin, webhook, name="Old ERP").status_code == 302
    deed(admin, webhook, "archive")
    assert Webhook.objects.get().archived_at and Webhook.objects.get().name == "Old ERP"


def test_an_integration_keeps_its_own_webhooks_over_rest(erp: Caller, cast: Any, web_peer: WebPeer) -> None:
    made = erp.post("webhooks/", {**BODY, "url": web_peer.url()})
    assert made.status_code == 201 and made.json()["secret"].startswith("whsec_")
    path = f"webhooks/{made.json()['id']}/"
    assert erp.get(path).json()["secret"] is None
    renewed = erp.post(f"{path}rotate-secret/")
    assert renewed.json()["secret"] not in (None, made.json()["secret"]) and renewed.json()["former_until"]
    tested = erp.post(f"{path}test/")
    assert tested.status_code == 202 and tested.json()["state"] == "waiting"
    errands_run()
    delivery = f"webhook-deliveries/{tested.json()['id']}/"
    assert erp.get(delivery).json()["response_status"] == 200
    assert erp.post(f"{delivery}replay/").json()["state"] == "waiting"
    assert erp.post(f"{delivery}replay/").status_code == 409
    assert erp.get("webhook-deliveries/?state=waiting").json()["results"][0]["kind"] == "webhook.test"
    assert erp.patch(path, {"kinds": ["leads.no_such"]}).json()["errors"][0]["code"] == "unknown_kind"
    assert erp.patch(path, {"owner": cast.admin.pk}).status_code == 403
    assert erp.patch(path, {"is_active": False}).json()["is_active"] is False
    assert erp.delete(path).status_code == 204


def test_nobody_sees_the_webhooks_of_others_but_who_keeps_all(erp: Caller, cast: Any) -> None:
    admin = caller_of(cast.admin)
    path = f"webhooks/{admin.post('webhooks/', BODY).json()['id']}/"
    assert erp.get(path).status_code == 404
    assert caller_of(cast.alice).get("webhooks/").status_code == 403
    assert caller_of(cast.alice).post("webhooks/", BODY).status_code == 403
    assert caller_of(cast.auditor).get(path).status_code == 200
    assert caller_of(cast.auditor).post(f"{path}test/").status_code == 403
    named = admin.post("webhooks/", {**BODY, "owner": cast.alice.pk})
    assert named.json()["owner"] == cast.alice.pk


def test_a_repeated_post_gives_the_secret_again_and_the_database_holds_it_sealed(cast: Any) -> None:
    admin = caller_of(cast.admin)
    first, second = (admin.post("webhooks/", BODY, headers={"Idempotency-Key": "k1"}) for _each in range(2))
    assert first.json() == json.loads(second.content) and Webhook.objects.count() == 1
    assert first.json()["secret"] not in IdempotentAnswer.objects.get().body


def test_every_kind_that_can_be_asked_for_has_words(admin: Client) -> None:
    form = admin.get(page(Webhook, "add")).content.decode()
    assert "Lead entered (leads.created)" in form and "people.signed_in" not in form
