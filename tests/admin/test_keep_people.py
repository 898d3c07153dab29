"""People, roles, the workspace and keys for other systems, as an administrator keeps them."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from salesflow.journal.models import Event
from salesflow.lib.errors import Conflict
from salesflow.people.models import ApiToken, Role, User, Workspace
from salesflow.people.rights import RESOURCES, VERBS
from salesflow.people.roles import ROLE_NAMES, all_rights, default_scopes, scopes_of
from salesflow.people.services import password_set, role_change, user_change
from tests.admin.pages import add, change, deed, faults, kinds, page, told_since
from tests.api.conftest import Caller, make_cast
from tests.clocks.conftest import at_once

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def role_ids(*codes: str) -> list[str]:
    return [str(pk) for pk in Role.objects.filter(code__in=codes).values_list("pk", flat=True)]


def test_a_person_is_made_with_a_first_password_and_signs_in(admin: Client, cast: SimpleNamespace) -> None:
    before = kinds()
    response = add(
        admin, User, email="New@Cast.test", name="New", first_password=PASSWORD, roles=role_ids("rep", "finance"),
        team=cast.ours.pk, industries="medical\neducation", capacity="40", weight="2", absent_from_0="2030-01-02",
        absent_from_1="09:00:00", deputy=cast.bob.pk,
    )  # fmt: skip
    assert response.status_code == 302, faults(response)
    person = User.objects.get(email="new@cast.test")
    assert person.role_codes == {"rep", "finance"} and person.team == cast.ours
    assert (person.industries, person.capacity, person.weight) == (["medical", "education"], 40, 2)
    assert person.deputy == cast.bob and person.absent_from.isoformat() == "2030-01-02T01:00:00+00:00"
    assert told_since(before) == ["people.user_created"]
    assert Client().post("/sign-in/", {"email": "new@cast.test", "password": PASSWORD}).status_code == 302


def test_without_a_first_password_nobody_can_sign_in_until_one_is_set(
    admin: Client, cast: SimpleNamespace
) -> None:
    assert add(admin, User, email="late@cast.test", name="Late", roles=role_ids("rep")).status_code == 302
    person = User.objects.get(email="late@cast.test")
    assert not person.has_usable_password()
    refused = deed(admin, person, "set_password", password="short")
    assert refused.status_code == 200 and "at least 10" in refused.content.decode()
    assert deed(admin, person, "set_password", password=PASSWORD).status_code == 302
    told = Event.objects.latest("pk")
    assert (told.kind, told.actor) == ("people.password_set", cast.admin)
    assert Client().post("/sign-in/", {"email": "late@cast.test", "password": PASSWORD}).status_code == 302
    assert PASSWORD not in str([told.data, getattr(told, "private", None)])


def test_a_new_password_ends_the_sessions_of_the_old_one(admin: Client, cast: SimpleNamespace) -> None:
    password_set(user=cast.alice, by=None, password=PASSWORD)
    browser = Client()
    assert browser.post("/sign-in/", {"email": "alice@cast.test", "password": PASSWORD}).status_code == 302
    assert browser.get("/profile/").status_code == 200
    assert deed(admin, cast.alice, "set_password", password="").status_code == 302
    assert browser.get("/profile/").status_code == 302
    assert not User.objects.get(pk=cast.alice.pk).has_usable_password()


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"email": "alice@cast.test"}, "email"),
        ({"email": "no address"}, "email"),
        ({"first_password": "short"}, "first_password"),
        ({"weight": "1000"}, "weight"),
        ({"absent_from_0": "2030-01-02", "absent_from_1": "10:00", "absent_until_0": "2030-01-01",
          "absent_until_1": "10:00"}, "__all__"),
    ],
)  # fmt: skip
def test_a_person_that_cannot_be_is_refused_and_nothing_is_left(
    admin: Client, cast: SimpleNamespace, values: dict[str, str], where: str
) -> None:
    before, number = kinds(), User.objects.count()
    response = add(admin, User, **{"email": "new@cast.test", "name": "New", **values})
    assert set(faults(response)) == {where}
    assert (kinds(), User.objects.count()) == (before, number)


def test_a_person_is_changed_and_only_what_changed_is_told(admin: Client, cast: SimpleNamespace) -> None:
    assert change(admin, cast.alice, capacity="5", roles=role_ids("rep", "manager")).status_code == 302
    alice = User.objects.get(pk=cast.alice.pk)
    assert (alice.capacity, alice.role_codes) == (5, {"rep", "manager"})
    told = Event.objects.latest("pk")
    assert (told.kind, told.data["fields"]) == ("people.user_changed", ["capacity", "roles"])
    before = kinds()
    assert change(admin, alice).status_code == 302
    assert kinds() == before
    assert change(admin, alice, email="other@cast.test").status_code == 302
    assert User.objects.get(pk=alice.pk).email == "alice@cast.test", "the address is who one is"


def test_the_last_administrator_stays(admin: Client, cast: SimpleNamespace) -> None:
    for values in ({"is_active": None}, {"roles": role_ids("rep")}):
        response = change(admin, cast.admin, **values)
        assert "somebody else an administrator first" in str(faults(response))
    assert User.objects.get(pk=cast.admin.pk).is_staff
    assert change(admin, cast.bob, roles=role_ids("admin")).status_code == 302
    assert change(admin, cast.admin, roles=role_ids("rep")).status_code == 302
    assert not User.objects.get(pk=cast.admin.pk).is_staff


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_take_each_other_away(transactional_db: None) -> None:
    cast = make_cast()
    user_change(user=cast.bob, by=None, roles=["admin"])
    leaving = (cast.admin, cast.bob)
    results = at_once(*[lambda who=who: user_change(user=who, by=None, is_active=False) for who in leaving])
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert User.objects.with_role("admin").count() == 1


def test_rights_of_a_role_are_changed_and_read_as_a_table(admin: Client, cast: SimpleNamespace) -> None:
    rep = Role.objects.get(code="rep")
    shown = admin.get(page(Role, "change", rep)).content.decode()
    assert "Log a contact" in shown and "of the region" in shown
    assert change(admin, rep, **{"right:leads.view": "team"}).status_code == 302
    assert User.objects.get(pk=cast.alice.pk).scope("leads.view") == "team"
    assert Role.objects.get(pk=rep.pk).changed_rights == {"leads.view": "team"}
    told = Event.objects.latest("pk")
    assert (told.kind, told.data["fields"]) == ("people.role_changed", ["leads.view"])
    assert change(admin, rep, **{"right:leads.view": "own"}).status_code == 302
    assert Role.objects.get(pk=rep.pk).changed_rights == {}, "what the table says is not kept twice"


def test_every_right_has_its_words_and_its_default_among_its_scopes() -> None:
    for right in all_rights():
        resource, _dot, verb = right.partition(".")
        assert resource in RESOURCES and verb in VERBS, right
        for code in ROLE_NAMES:
            assert default_scopes(code)[right] in scopes_of(right), (code, right)


def test_a_right_has_the_scopes_that_mean_something(admin: Client, cast: SimpleNamespace) -> None:
    rep = Role.objects.get(code="rep")
    assert "right:pools.edit" in faults(change(admin, rep, **{"right:pools.edit": "team"}))
    for rights in ({"leads.fly": "all"}, {"pools.edit": "team"}, {"leads.view": "everything"}):
        with pytest.raises(ValidationError):
            role_change(role=rep, by=cast.admin, rights=rights)
    with pytest.raises(PermissionDenied):
        role_change(role=rep, by=cast.mona, rights={"leads.view": "all"})
    assert Role.objects.get(pk=rep.pk).changed_rights == {}


def test_the_administrators_own_rights_are_fixed(admin: Client, cast: SimpleNamespace) -> None:
    role = Role.objects.get(code="admin")
    address = page(Role, "change", role)
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"right:users.edit": "none"}).status_code == 403
    with pytest.raises(Conflict):
        role_change(role=role, by=cast.admin, rights={"users.edit": "none"})
    assert admin.post(page(Role, "add"), {"code": "boss"}).status_code == 403


def test_the_workspace_is_one_page(admin: Client, cast: SimpleNamespace) -> None:
    workspace = Workspace.objects.get()
    assert admin.get(page(Workspace, "changelist")).headers["Location"] == page(
        Workspace, "change", workspace
    )
    assert admin.get(page(Workspace, "add")).status_code == 403
    given = {"name": "Acme 上海", "time_zone": "Europe/Berlin", "placeholder_values": "N/A\n无"}
    assert change(admin, workspace, **given).status_code == 302
    workspace.refresh_from_db()
    assert (workspace.name, workspace.time_zone) == ("Acme 上海", "Europe/Berlin")
    assert workspace.placeholder_values == ["N/A", "无"]
    assert Event.objects.latest("pk").kind == "people.workspace_changed"
    assert "Acme 上海" in admin.get("/admin/").content.decode()
    assert set(faults(change(admin, workspace, time_zone="Mars/Olympus"))) == {"time_zone"}


def test_a_token_is_shown_once_and_revoked(admin: Client, cast: SimpleNamespace) -> None:
    response = add(admin, ApiToken, user=cast.alice.pk, name="Website", scopes="leads:read\n")
    assert response.status_code == 200 and "no-store" in response.headers["Cache-Control"]
    secret = response.context_data["secret"]
    assert secret in response.content.decode()
    caller = Caller(secret)
    assert caller.get("leads/").status_code == 200
    token = ApiToken.objects.get(user=cast.alice)
    for address in (page(ApiToken, "changelist"), page(ApiToken, "change", token)):
        assert secret not in admin.get(address).content.decode()
    assert admin.post(page(ApiToken, "change", token), {"name": "Other"}).status_code == 403
    assert deed(admin, token, "revoke").status_code == 302
    assert caller.get("leads/").status_code == 401
    assert kinds()[-2:] == ["people.token_issued", "people.token_revoked"]


@pytest.mark.parametrize(
    ("values", "where"),
    [({"scopes": "everything"}, "scopes"), ({"user": ""}, "user"),
     ({"expires_at_0": "2020-01-01", "expires_at_1": "10:00"}, "expires_at")],
)  # fmt: skip
def test_a_token_that_cannot_be_is_refused(
    admin: Client, cast: SimpleNamespace, values: dict[str, str], where: str
) -> None:
    before = kinds()
    response = add(admin, ApiToken, **{"user": cast.alice.pk, **values})
    assert set(faults(response)) == {where}
    assert not ApiToken.objects.exists() and kinds() == before
