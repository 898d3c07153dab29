"""Signing in with the company's identity provider: a real one, small, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from joserfc.jwk import RSAKey

from salesflow.journal.models import Event
from salesflow.people import provider as door
from salesflow.people.models import Identity, User
from salesflow.people.services import people_ensure_defaults, user_create
from salesflow.runtime.guard import refuse_unsafe
from tests.support.certificates import Authority
from tests.support.oidc import CLIENT, SECRET, Provider
from tests.support.pages import told

pytestmark = pytest.mark.django_db
ADA: dict[str, Any] = {"sub": "u-1", "email": "Ada@x.example", "email_verified": True, "name": "Ada"}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    started = Provider()
    yield started
    started.stop()


@pytest.fixture
def company(running: Provider, settings) -> Provider:
    door._made.cache_clear()
    running.claims, running.spoil, running.is_away = dict(ADA), {}, False
    running.signs_with = running.key
    settings.OIDC_ISSUER, settings.OIDC_NAME = running.issuer, "Our Company"
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT, SECRET
    people_ensure_defaults()
    user_create(by=None, email="boss@x.example", name="Boss", password=None, roles=["admin"])
    return running


@pytest.fixture
def ada() -> User:
    people_ensure_defaults()
    return user_create(by=None, email="ada@x.example", name="Ada", password=None, roles=["rep"])


def leave(client: Client, page: str = "/profile/") -> str:
    answer = client.get("/sign-in/company/", {"next": page})
    assert answer.status_code == 302
    return str(answer["Location"])


def approved(address: str) -> str:
    """Where the provider sends the browser back to."""
    back = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return f"{parts.path}?{parts.query}"


def sign_in(client: Client, page: str = "/profile/") -> Any:
    return client.get(approved(leave(client, page)))


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def refused(client: Client) -> str:
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert not is_in(client)
    return told(answer)


def test_the_way_stands_on_the_sign_in_page_only_where_there_is_one(
    company: Provider, client: Client, settings
) -> None:
    assert "Sign in with Our Company" in client.get("/sign-in/").content.decode()
    settings.OIDC_ISSUER = ""
    assert "Our Company" not in client.get("/sign-in/").content.decode()
    assert client.get("/sign-in/company/").status_code == 404
    assert client.get("/sign-in/company/back/").status_code == 404


def test_a_verified_address_links_the_account_and_opens_the_wanted_page(
    company: Provider, ada: User, client: Client
) -> None:
    assert sign_in(client)["Location"] == "/profile/"
    assert is_in(client)
    assert Identity.objects.get().user == ada
    assert Event.objects.get(kind="people.identity_linked").actor_id == ada.pk


def test_later_the_account_is_known_by_its_lasting_name(company: Provider, ada: User) -> None:
    sign_in(Client())
    User.objects.filter(pk=ada.pk).update(email="ada.lee@x.example")
    again = Client()
    sign_in(again)
    assert is_in(again) and Identity.objects.count() == 1


def test_the_provider_is_asked_with_pkce_state_and_nonce(company: Provider, client: Client) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(leave(client)).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["state"] and asked["nonce"]
    assert "code_verifier" not in asked


def test_one_is_never_sent_to_another_site(company: Provider, ada: User, client: Client) -> None:
    assert "evil" not in sign_in(client, "https://evil.example/")["Location"]


def test_an_answer_opens_only_the_browser_that_asked_and_once(company: Provider, ada: User) -> None:
    mine, other = Client(), Client()
    back = approved(leave(mine))
    assert other.get(back)["Location"] == "/sign-in/" and not is_in(other)
    assert mine.get(back)["Location"] == "/profile/"
    mine.post("/sign-out/")
    assert mine.get(back)["Location"] == "/sign-in/" and not is_in(mine)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1},
        {"sub": None},
    ],
)  # fmt: skip
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    company: Provider, ada: User, client: Client, spoiled: dict[str, Any]
) -> None:
    company.spoil = spoiled
    assert "did not work" in refused(client)


def test_a_token_signed_by_somebody_else_is_refused(company: Provider, ada: User, client: Client) -> None:
    company.signs_with = RSAKey.generate_key(2048)
    assert "did not work" in refused(client)


def test_new_keys_of_the_provider_are_learnt(company: Provider, ada: User) -> None:
    sign_in(Client())
    company.rotate()
    later = Client()
    sign_in(later)
    assert is_in(later)


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_opens_nothing(
    company: Provider, ada: User, client: Client, verified: Any
) -> None:
    company.claims["email_verified"] = verified
    assert "not verified" in refused(client) and not Identity.objects.exists()


def test_only_allowed_domains_come_in(company: Provider, ada: User, settings) -> None:
    settings.OIDC_ALLOWED_DOMAINS = ["y.example"]
    assert "domain" in refused(Client())
    settings.OIDC_ALLOWED_DOMAINS = ["X.example"]
    client = Client()
    sign_in(client)
    assert is_in(client)


def test_who_is_not_here_is_refused_or_made_with_the_role_of_the_setting(company: Provider, settings) -> None:
    assert "Nobody here" in refused(Client())
    settings.OIDC_CREATE_ROLE = "rep"
    client = Client()
    sign_in(client)
    assert is_in(client)
    made = User.objects.get(email="ada@x.example")
    assert made.role_codes == {"rep"} and not made.has_usable_password()


def test_an_address_given_to_somebody_new_does_not_open_the_old_account(company: Provider, ada: User) -> None:
    sign_in(Client())
    company.claims["sub"] = "u-2"
    assert "another account" in refused(Client())


def test_who_is_switched_off_stays_out(company: Provider, ada: User) -> None:
    sign_in(Client())
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert "switched off" in refused(Client())


def test_the_providers_second_step_stands_for_ours(
    company: Provider, ada: User, client: Client, settings
) -> None:
    settings.SECOND_FACTOR_ROLES = ["rep"]
    sign_in(client)
    assert is_in(client)


def test_a_refusal_there_and_an_absent_provider_lead_back_to_the_page(
    company: Provider, ada: User, client: Client
) -> None:
    leave(client)
    answer = client.get("/sign-in/company/back/", {"error": "access_denied", "state": "x"})
    assert answer["Location"] == "/sign-in/" and "did not work" in told(answer)
    company.is_away = True
    door._made.cache_clear()
    answer = client.get("/sign-in/company/")
    assert answer["Location"] == "/sign-in/" and "did not work" in told(answer)


def test_production_speaks_to_a_provider_only_over_https() -> None:
    with pytest.raises(Exception, match="OIDC_ISSUER"):
        refuse_unsafe(
            secret_key="k" * 50, sample="s", site_url="https://x.example", issuer="http://y.example"
        )


def test_a_provider_with_a_certificate_of_the_companys_own_is_believed_where_that_is_set(
    company: Provider, client: Client, settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    provider = Provider(authority.server())
    settings.OIDC_ISSUER = provider.issuer
    assert "Single sign-on did not work" in told(client.get("/sign-in/company/"))
    (tmp_path / "authorities.pem").write_text(authority.pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authorities.pem"))
    assert leave(client).startswith(provider.issuer)
    provider.stop()
