"""The admin admits administrators only: every address of it, whoever else comes and whatever he sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from leads.models import Lead
from tests.leads.cast import lead_of
from tests.support.unchanged import versions, versions_prepare
from tests.test_rights import DISTINCT, World

#: Anybody who is signed in may leave, and everybody may come to the door; the password is changed on one's profile.
OPEN = {"/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/password_change/"}


def addresses(patterns: Any, prefix: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


def every_admin_address(pk: int) -> list[str]:
    found = [path for path in addresses(get_resolver().url_patterns, "/") if path.startswith("/admin/")]
    plain = (path.replace("<path:object_id>", str(pk)).replace("<int:pk>", str(pk)) for path in found)
    return sorted({path for path in plain if "(" not in path and "<" not in path} - OPEN)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in DISTINCT if role != "admin"])
def test_nobody_else_gets_in_and_nothing_he_sends_changes_anything(role: str) -> None:
    world = World.of(role)
    lead = lead_of(world.caller)
    browser = Client()
    browser.force_login(world.caller)
    versions_prepare()
    before, asked = versions(), 0
    for path in every_admin_address(lead.pk):
        for send in (browser.get, browser.post):
            answer = send(path, {"post": "yes", "company_name": "Mine now"} if send == browser.post else None)
            assert answer.status_code in (302, 403), f"{path}: {answer.status_code}"
            if answer.status_code == 302:
                assert (
                    "sign-in" in answer.headers["Location"] or "/admin/login/" in answer.headers["Location"]
                ), path
            asked += 1
    assert asked > 200 and versions() == before


@pytest.mark.django_db
def test_administrators_get_in() -> None:
    browser = Client()
    browser.force_login(World.of("admin").caller)
    assert browser.get("/admin/").status_code == 200
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert browser.get(reverse(name), follow=True).status_code == 200, name


@pytest.mark.django_db
def test_state_is_shown_there_and_not_changed() -> None:
    """What services make of a lead has no form: a form that is sent all the same moves nothing."""
    world = World.of("admin")
    lead = lead_of(world.caller)
    before = Lead.objects.values().get(pk=lead.pk)
    browser = Client()
    browser.force_login(world.caller)
    for action in ("change", "delete"):
        try:
            path = reverse(f"admin:leads_lead_{action}", args=[lead.pk])
        except NoReverseMatch:
            continue
        answer = browser.post(path, {"post": "yes", "status": "converted", "owner": "", "grade": "A"})
        assert answer.status_code in (302, 403, 200), answer.status_code
    assert Lead.objects.values().get(pk=lead.pk) == before


@pytest.mark.django_db
def test_an_administrator_without_sign_in_is_out_with_the_next_request() -> None:
    world = World.of("admin")
    browser = Client()
    browser.force_login(world.caller)
    assert browser.get("/admin/").status_code == 200
    world.caller.is_active = False
    world.caller.save(update_fields=["is_active"])
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/leads/").status_code == 302
