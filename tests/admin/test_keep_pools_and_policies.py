"""Pools and first-contact policies: what an administrator changes holds at once, also for clocks that run."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from leads.models import FirstContactPolicy, Pool, PoolLimit
from salesflow.clocks.models import BusinessCalendar
from salesflow.clocks.services import sweep
from salesflow.journal.models import Event
from salesflow.people.models import Role, User
from tests.admin.pages import add, change, deed, faults, filled, kinds, page, told_since
from tests.leads.cast import clock_of, fresh, lead_of, leads_in_pool, time_passes

pytestmark = pytest.mark.django_db


def limits(*rows: dict[str, Any]) -> dict[str, Any]:
    """The lines of limits, as the page sends them; earlier ones are to be there already."""
    sent: dict[str, Any] = {"limits-TOTAL_FORMS": len(rows), "limits-INITIAL_FORMS": 0}
    for place, row in enumerate(rows):
        sent |= {f"limits-{place}-{name}": value for name, value in row.items()}
    return sent


def test_a_limit_of_a_minute_moves_the_clocks_that_run_at_once(admin: Client, cast: SimpleNamespace) -> None:
    lead, other = lead_of(cast.alice, grade="A"), lead_of(cast.alice, grade="B")
    time_passes([lead, other], 300)
    policy = FirstContactPolicy.objects.get(grade="A")
    assert change(admin, policy, limit_seconds="60").status_code == 302
    lead, clock = fresh(lead), clock_of(lead)
    assert clock.due_at == clock.started_at + timedelta(seconds=60) == lead.first_contact_due_at
    assert clock_of(other).due_at == clock_of(other).started_at + timedelta(days=1)
    told = Event.objects.latest("pk")
    assert (told.kind, told.actor) == ("leads.first_contact_policy_changed", cast.admin)
    assert sweep()["returned"] == 1
    assert fresh(lead).in_pool and not fresh(other).in_pool


def test_a_limit_is_shown_in_words(admin: Client, cast: SimpleNamespace) -> None:
    FirstContactPolicy.objects.filter(grade="B").update(limit_seconds=129_660)
    shown = admin.get(page(FirstContactPolicy, "changelist")).content.decode()
    assert "1 day 12 hours 1 minute" in shown
    policy = FirstContactPolicy.objects.get(grade="B")
    assert (
        "= 1 day 12 hours 1 minute" in admin.get(page(FirstContactPolicy, "change", policy)).content.decode()
    )


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"limit_seconds": "0"}, "limit_seconds"),
        ({"limit_seconds": "9999999999"}, "limit_seconds"),
        ({"remind_at_percent": "50, 120"}, "remind_at_percent"),
        ({"remind_at_percent": "soon"}, "remind_at_percent"),
        ({"business_hours_only": "on"}, "calendar"),
    ],
)
def test_a_policy_that_cannot_be_stands_on_the_form(
    admin: Client, cast: SimpleNamespace, values: dict[str, str], where: str
) -> None:
    BusinessCalendar.objects.update(is_default=False)
    policy = FirstContactPolicy.objects.get(grade="A")
    before = kinds()
    assert set(faults(change(admin, policy, **values))) == {where}
    assert kinds() == before and fresh(policy).limit_seconds == policy.limit_seconds


def test_reminders_are_a_line_of_percents(admin: Client, cast: SimpleNamespace) -> None:
    policy = FirstContactPolicy.objects.get(grade="C")
    assert change(admin, policy, remind_at_percent="80 % 25，50").status_code == 302
    assert fresh(policy).remind_at_percent == [25, 50, 80]
    before = kinds()
    assert change(admin, policy).status_code == 302
    assert kinds() == before


def test_there_is_a_policy_for_each_grade_and_no_other(admin: Client, cast: SimpleNamespace) -> None:
    assert admin.post(page(FirstContactPolicy, "add"), {"grade": "D"}).status_code == 403
    assert FirstContactPolicy.objects.count() == 3


def test_a_pool_is_made_with_its_people_and_limits(admin: Client, cast: SimpleNamespace) -> None:
    before = kinds()
    rep = Role.objects.get(code="rep")
    response = add(
        admin, Pool, name="Partners' pool", members=[cast.alice.pk, cast.bob.pk], managers=[cast.mona.pk],
        max_held="20", held_excludes_grades=["C"], cooldown_seconds="86400", rehand="rules",
        **limits({"user": cast.alice.pk, "max_held": "30"}, {"role": rep.pk, "max_claims_per_day": "5"}),
    )  # fmt: skip
    assert response.status_code == 302, faults(response)
    pool = Pool.objects.get(name="Partners' pool")
    assert set(pool.members.all()) == {cast.alice, cast.bob} and pool.managers.get() == cast.mona
    assert (pool.max_held, pool.held_excludes_grades, pool.cooldown_seconds) == (20, ["C"], 86_400)
    found = {
        (limit.user, limit.role, limit.max_held, limit.max_claims_per_day) for limit in pool.limits.all()
    }
    assert found == {(cast.alice, None, 30, None), (None, rep, None, 5)}
    assert told_since(before) == ["leads.pool_created"]
    shown = admin.get(page(Pool, "change", pool)).content.decode()
    assert "= 1 day" in shown


def test_members_and_limits_are_changed_and_taken_out(admin: Client, cast: SimpleNamespace) -> None:
    pool = Pool.objects.default()
    pool.members.set([cast.alice])
    PoolLimit.objects.create(pool=pool, user=cast.alice, max_held=3)
    kept = PoolLimit.objects.create(pool=pool, team=cast.ours, max_held=7)
    sent = filled(admin.get(page(Pool, "change", pool)))
    assert sent["limits-0-max_held"] == "3"
    assert change(admin, pool).status_code == 302
    assert fresh(pool).version == pool.version, "sent back unchanged"
    response = change(admin, pool, members=[cast.bob.pk], **{"limits-0-DELETE": "on"})
    assert response.status_code == 302, faults(response)
    assert pool.members.get() == cast.bob
    limit = pool.limits.get()
    assert (limit.team, limit.max_held) == (cast.ours, kept.max_held)


def test_a_wrong_limit_leaves_nothing_of_the_form(admin: Client, cast: SimpleNamespace) -> None:
    pool, before = Pool.objects.default(), kinds()
    both = {"user": cast.alice.pk, "team": cast.ours.pk, "max_held": "1"}
    for rows in ([both], [{"max_held": "1"}], [{"user": cast.alice.pk, "max_held": "-1"}]):
        response = change(admin, pool, name="Renamed", max_held="9", **limits(*rows))
        assert response.status_code == 200
        assert any(response.context_data["inline_admin_formsets"][0].formset.errors)
    twice = limits({"user": cast.alice.pk, "max_held": "1"}, {"user": cast.alice.pk, "max_held": "2"})
    response = change(admin, pool, name="Renamed", **twice)
    assert "already" in str(faults(response)), "what only the service sees stands on the form as well"
    assert "Renamed" in response.content.decode(), "what was typed is still there"
    assert fresh(pool).name == pool.name and not pool.limits.exists() and kinds() == before


def test_there_is_one_default_pool_and_it_stays(admin: Client, cast: SimpleNamespace) -> None:
    default = Pool.objects.default()
    assert "is_default" in faults(change(admin, default, is_default=None))
    response = deed(admin, default, "archive")
    assert "default first" in admin.get(response.headers["Location"]).content.decode()
    add(admin, Pool, name="Other")
    other = Pool.objects.get(name="Other")
    assert change(admin, other, is_default="on").status_code == 302
    assert Pool.objects.default() == other and not fresh(default).is_default
    leads_in_pool(1, default)
    response = deed(admin, default, "archive")
    assert "leads in this pool" in admin.get(response.headers["Location"]).content.decode()
    assert fresh(default).archived_at is None


def test_pools_are_archived_and_restored_with_the_events_of_rest(
    admin: Client, cast: SimpleNamespace, call: Any
) -> None:
    rest, told = call("admin"), []
    for name in ("One", "Two"):
        before = kinds()
        if name == "One":
            add(admin, Pool, name=name)
            pool = Pool.objects.get(name=name)
            change(admin, pool, max_held="5")
            deed(admin, pool, "archive")
            deed(admin, pool, "restore")
        else:
            id_ = rest.post("pools/", {"name": name}).json()["id"]
            rest.patch(f"pools/{id_}/", {"max_held": 5})
            rest.delete(f"pools/{id_}/")
            rest.post(f"pools/{id_}/restore/")
        told.append(told_since(before))
    assert told[0] == told[1] and len(told[0]) == 4


def test_only_active_people_are_offered(admin: Client, cast: SimpleNamespace) -> None:
    User.objects.filter(pk=cast.charlie.pk).update(is_active=False)
    asked = {"term": "cast.test", "app_label": "leads", "model_name": "pool", "field_name": "members"}
    names = [each["text"] for each in admin.get("/admin/autocomplete/", asked).json()["results"]]
    assert "Alice" in names and "Charlie" not in names
    assert "members" in faults(change(admin, Pool.objects.default(), members=[cast.charlie.pk]))
