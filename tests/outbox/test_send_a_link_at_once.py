"""A link to a new password goes by the administrator's server, and is written down nowhere."""

import pytest
from django.test import Client, override_settings

from salesflow.journal.services import deliveries_carry
from salesflow.outbox.models import Mail

pytestmark = pytest.mark.django_db


@override_settings(MAIL_READY=False)
def test_the_link_goes_past_the_outbox_and_opens(cast, mailing) -> None:
    assert "sign-in/forgotten/" in Client().get("/sign-in/").content.decode()
    cast.alice.set_password("a long enough one")
    cast.alice.save()
    Client().post("/sign-in/forgotten/", {"email": cast.alice.email})
    deliveries_carry()
    (arrived,) = mailing.mails
    assert arrived["To"] == cast.alice.email
    assert not Mail.objects.exists()
    link = next(word for word in arrived.get_content().split() if "/sign-in/new-password/" in word)
    assert Client().get(link.partition("//")[2].partition("/")[1] + link.split("/", 3)[3]).status_code == 200


@override_settings(MAIL_READY=False)
def test_without_any_server_nothing_is_offered(db) -> None:
    assert "sign-in/forgotten/" not in Client().get("/sign-in/").content.decode()
    assert Client().get("/sign-in/forgotten/").status_code == 404
