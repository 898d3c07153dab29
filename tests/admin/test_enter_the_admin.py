"""Who comes in, what the first page says, and that it speaks the reader's language."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import unfold
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django_celery_beat.models import PeriodicTask

from leads.models import FirstContactPolicy, LeadSource, Pool
from leads.services import first_contact_policy_change, pool_save
from leads.services.rules import assignment_rule_save
from salesflow.clocks.services import calendar_create, calendar_default
from salesflow.lib.admin.checklist import standings
from salesflow.lib.admin.words import WORDS
from salesflow.people.models import Team, Territory, User
from salesflow.people.services import config_record_change, workspace_change
from tests.admin.pages import page

pytestmark = pytest.mark.django_db


def test_others_are_told_kindly_and_strangers_sent_to_the_sign_in(
    browse: Callable[..., Client], cast: SimpleNamespace
) -> None:
    addresses = [
        "/admin/",
        page(Team, "changelist"),
        page(Team, "archive", cast.ours),
        "/admin/autocomplete/",
    ]
    for name in ("alice", "mona", "dora", "auditor", "finance"):
        browser = browse(name)
        for address in addresses:
            for send in (browser.get, browser.post):
                response = send(address)
                assert response.status_code == 403, (name, address)
        assert "Only administrators come in here." in response.content.decode()
        assert "/admin/" not in browser.get("/profile/").content.decode()
    stranger = Client().get("/admin/leads/lead/")
    assert stranger.status_code == 302 and stranger.headers["Location"].startswith("/sign-in/")
    assert Team.objects.get(pk=cast.ours.pk).archived_at is None


def test_signing_in_and_out_and_passwords_are_the_products_own(admin: Client, cast: SimpleNamespace) -> None:
    assert 'href="/admin/"' in admin.get("/profile/").content.decode()
    shown = admin.get("/admin/").content.decode()
    assert 'action="/sign-out/"' in shown and 'href="/profile/"' in shown and 'href="/"' in shown
    assert admin.get("/admin/password_change/").headers["Location"] == "/profile/"
    assert admin.post("/admin/logout/").headers["Location"] == "/sign-in/"
    assert admin.get("/admin/").status_code == 302


def test_what_we_do_not_use_has_no_page(admin: Client, cast: SimpleNamespace) -> None:
    for model in (Group, PeriodicTask):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    assert admin.get("/admin/leads/").headers["Location"] == "/admin/", "the sidebar is the only overview"
    assert not run_checks(tags=["admin"])


def test_its_search_finds_pages_and_takes_whatever_is_asked(admin: Client, cast: SimpleNamespace) -> None:
    found = admin.get("/admin/search/?extended=1&s=POOL").content.decode()
    assert page(Pool, "changelist") in found and page(Team, "changelist") not in found
    for query in ("s=pool&page=x", "s=pool&page=99", "s=nothing", "s=", "s=%00", ""):
        assert admin.get(f"/admin/search/?{query}").status_code == 200


def test_the_first_page_says_what_is_still_to_do(admin: Client, cast: SimpleNamespace) -> None:
    User.objects.filter(roles__code="rep").update(is_active=False)
    Team.objects.update(manager=None)
    assert states() == {
        "workspace": "look", "calendar": "todo", "teams": "todo", "people": "todo", "territories": "todo",
        "sources": "look", "scoring": "look", "policies": "look", "pool": "todo", "rules": "look",
    }  # fmt: skip
    shown = admin.get("/admin/").content.decode()
    assert "0 of 10 are done" in shown and page(Territory, "changelist") in shown


def test_each_step_is_done_by_doing_it(admin: Client, cast: SimpleNamespace) -> None:
    workspace_change(by=None, name="Acme")
    calendar_create(name="Office", zone="Asia/Shanghai", weekly={"0": [["09:00", "12:00"]]}, is_default=True)
    Territory.objects.create(name="East", team=cast.ours)
    config_record_change(LeadSource.objects.first(), by=None, rights="sources", cost="5")
    first_contact_policy_change(policy=FirstContactPolicy.objects.first(), by=None, limit_seconds=3600)
    pool_save(pool=Pool.objects.default(), by=None, members=[cast.alice], managers=[cast.mona])
    assignment_rule_save(by=None, name="Near")
    assert calendar_default() is not None
    assert states() == {
        "workspace": "done", "calendar": "look", "teams": "done", "people": "done", "territories": "done",
        "sources": "done", "scoring": "look", "policies": "done", "pool": "done", "rules": "done",
    }  # fmt: skip
    assert "8 of 10 are done" in admin.get("/admin/").content.decode()


def states() -> dict[str, str]:
    return {each.step.key: each.found.state for each in standings()}


def test_it_speaks_the_readers_language_and_wears_his_theme(admin: Client, cast: SimpleNamespace) -> None:
    User.objects.filter(pk=cast.admin.pk).update(language="zh-hans", theme="dark")
    shown = admin.get("/admin/").content.decode()
    assert 'lang="zh-hans"' in shown and 'class="dark"' in shown
    for words in ("线索来源", "分配规则", "公海池", "工作日历", "审计", "返回 SalesFlow"):
        assert words in shown, words
    for model in (Team, User, Pool, LeadSource):
        assert re.search("[\u4e00-\u9fff]", admin.get(page(model, "changelist")).context_data["title"])
    User.objects.filter(pk=cast.admin.pk).update(language="en", theme="light")
    shown = admin.get("/admin/").content.decode()
    assert 'class="light"' in shown and "Back to SalesFlow" in shown


def theme_words() -> set[str]:
    """What the theme's pages say, by its templates; the ones of add-ons we do not use left aside."""
    root, found = Path(unfold.__file__).parent, set()
    for path in [*(root / "templates").rglob("*.html"), *(root / "contrib" / "filters").rglob("*.html")]:
        found |= {match[2] for match in re.finditer(r"{% trans(?:late)? ([\"'])(.+?)\1", path.read_text())}
    return found


def test_the_themes_own_words_are_in_the_catalogue() -> None:
    with translation.override("zh-hans"):
        missing = {words for words in theme_words() | set(WORDS) if translation.gettext(words) == words}
    assert missing == set()
    assert len(theme_words()) > 50
