"""Records of configuration are made, changed, archived and restored in the admin as over REST, with the same events."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from leads.models import Campaign, LeadSource, LeadWebhook, Partner, Reason, WebForm
from salesflow.people.models import Department, Region, Team, Territory
from salesflow.work.models import CustomField
from tests.admin.pages import add, change, deed, faults, filled, kinds, page, told_since


@dataclass(frozen=True)
class Kept:
    """A kind of record: its values on the form, the same over REST where they differ, and one that is changed."""

    model: Any
    path: str
    form: dict[str, Any]
    changed: dict[str, Any]
    rest: dict[str, Any] = field(default_factory=dict)


def kinds_of_record(cast: SimpleNamespace) -> list[Kept]:
    source = LeadSource.objects.first()
    return [
        Kept(Region, "regions", {"name": "North"}, {"name": "North and East"}),
        Kept(Department, "departments", {"name": "Sales"}, {"name": "Sales and service"}),
        Kept(Team, "teams", {"name": "New team", "manager": cast.mona.pk}, {"name": "Other team"}),
        Kept(
            Territory,
            "territories",
            {"name": "Coast", "team": cast.ours.pk, "countries": "CN\r\n", "regions": "浙江\r\n江苏\r\n", "cities": ""},
            {"cities": "杭州"},
            {"countries": ["CN"], "regions": ["浙江", "江苏"], "cities": []},
        ),
        Kept(
            LeadSource,
            "lead-sources",
            {"name": "Fair", "channel": "offline", "kind": "trade_show", "cost": "1200.50", "currency": "CNY"},
            {"cost": "9.00"},
        ),
        Kept(Campaign, "campaigns", {"name": "Spring", "source": source.pk}, {"name": "Summer"}),
        Kept(
            WebForm,
            "web-forms",
            {
                "name": "Guide", "source": source.pk, "language": "en", "assignment": "rules", "daily_limit": "100",
                "fields": '[{"name": "company_name"}, {"name": "email", "required": true}]',
                "allowed_origins": "https://www.example.com\r\n", "is_active": "on",
            },
            {"title": "The guide"},
            {
                "fields": [{"name": "company_name"}, {"name": "email", "required": True}],
                "allowed_origins": ["https://www.example.com"], "daily_limit": 100, "is_active": True,
            },
        ),
        Kept(
            LeadWebhook,
            "lead-webhooks",
            {"name": "Ads", "source": source.pk, "assignment": "pool", "is_active": "on",
             "mapping": '{"data.name": "contact_name", "data.mail": "email"}'},
            {"assignment": "rules"},
            {"mapping": {"data.name": "contact_name", "data.mail": "email"}, "is_active": True},
        ),
        Kept(Partner, "partners", {"name": "Agency", "kind": "supplier"}, {"kind": "other"}),
        Kept(
            Reason, "lead-reasons", {"kind": "return", "code": "ill", "name": "Ill", "position": 7}, {"name": "Sick"}
        ),
        Kept(
            CustomField,
            "custom-fields",
            {"resource": "leads", "key": "size_1", "label": "Size", "kind": "choice", "choices": "S\nM", "position": 1},
            {"label": "Sizes"},
            {"choices": ["S", "M"]},
        ),
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_same_deeds_leave_the_same_rows_and_events(
    admin: Client, cast: SimpleNamespace, call: Any
) -> None:
    rest = call("admin")
    for kept in kinds_of_record(cast):
        before = kinds()
        assert add(admin, kept.model, **kept.form).status_code == 302, kept.path
        record = kept.model.objects.latest("pk")
        assert change(admin, record, **kept.changed).status_code == 302, kept.path
        assert deed(admin, record, "archive").status_code == 302
        assert kept.model.objects.get(pk=record.pk).archived_at is not None
        assert deed(admin, record, "restore").status_code == 302
        by_form, told = kept.model.objects.get(pk=record.pk), told_since(before)
        assert len(told) == 4 and by_form.archived_at is None
        _out_of_the_way(by_form)

        before = kinds()
        made = rest.post(f"{kept.path}/", {**kept.form, **kept.rest})
        assert made.status_code == 201, made.content
        path = f"{kept.path}/{made.json()['id']}/"
        value = [kept.changed["cities"]] if "cities" in kept.changed else None
        assert rest.patch(path, {"cities": value} if value else kept.changed).status_code == 200
        assert rest.delete(path).status_code == 204
        assert rest.post(f"{path}restore/").status_code == 200
        assert told_since(before) == told, kept.path
        assert _values(kept.model.objects.get(pk=made.json()["id"])) == _values(by_form)


def _out_of_the_way(record: Any) -> None:
    """Names are unique: the next one gets it."""
    unique = "key" if isinstance(record, CustomField) else "code" if isinstance(record, Reason) else "name"
    type(record).objects.filter(pk=record.pk).update(**{unique: f"old{record.pk}"})


def _values(record: Any) -> dict[str, Any]:
    left_out = {"id", "created_at", "updated_at", "version", "token"}
    return {
        f.attname: getattr(record, f.attname)
        for f in record._meta.concrete_fields
        if f.attname not in left_out
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"name": ""}, "name"),
        ({"channel": "online"}, "__all__"),
        ({"cost": "-1"}, "__all__"),
        ({"name": "Website"}, "name"),
        ({"currency": "TOOLONG"}, "currency"),
    ],
)
def test_what_is_refused_stands_on_the_form_and_leaves_nothing(
    admin: Client, values: dict[str, Any], where: str
) -> None:
    before, number = kinds(), LeadSource.objects.count()
    given = {"name": "Fair", "channel": "offline", "kind": "trade_show", **values}
    response = add(admin, LeadSource, **given)
    found = faults(response)
    assert set(found) == {where}
    assert "lead_source" not in str(found), "in words, not by the name of a constraint"
    assert (kinds(), LeadSource.objects.count()) == (before, number)


@pytest.mark.django_db
def test_a_page_sent_back_unchanged_changes_nothing(admin: Client, cast: SimpleNamespace) -> None:
    records = [cast.ours, LeadSource.objects.first(), Reason.objects.first()]
    records.append(Territory.objects.create(name="Coast", team=cast.ours, regions=["浙江", "江苏"]))
    before = kinds()
    for record in records:
        assert change(admin, record).status_code == 302
        assert type(record).objects.get(pk=record.pk).version == record.version
    assert kinds() == before


@pytest.mark.django_db
def test_what_others_need_is_not_archived(admin: Client, cast: SimpleNamespace) -> None:
    response = deed(admin, cast.ours, "archive")
    assert response.status_code == 302
    assert "still use this" in admin.get(response.headers["Location"]).content.decode()
    assert Team.objects.get(pk=cast.ours.pk).archived_at is None


@pytest.mark.django_db
def test_archived_records_are_offered_no_more_but_stay_where_they_are_named(
    admin: Client, cast: SimpleNamespace
) -> None:
    old, new = LeadSource.objects.order_by("pk")[:2]
    campaign = Campaign.objects.create(name="Spring", source=old)
    deed(admin, old, "archive")
    offered = admin.get(page(Campaign, "add")).context_data["adminform"].form.fields["source"].queryset
    assert old not in offered and new in offered
    assert change(admin, campaign, name="Summer").status_code == 302
    assert Campaign.objects.get().source == old
    shown = [row for row in admin.get(page(LeadSource, "changelist")).context_data["cl"].result_list]
    assert old not in shown and new in shown
    archived = admin.get(page(LeadSource, "changelist"), {"archived": "yes"}).context_data["cl"]
    assert list(archived.result_list) == [old]


@pytest.mark.django_db
def test_of_two_forms_open_at_once_the_second_is_told(admin: Client, cast: SimpleNamespace) -> None:
    address = page(Team, "change", cast.ours)
    first = filled(admin.get(address))
    second = {**first}
    assert admin.post(address, {**first, "name": "First"}).status_code == 302
    response = admin.post(address, {**second, "manager": ""})
    assert "meanwhile" in str(faults(response))
    team = Team.objects.get(pk=cast.ours.pk)
    assert (team.name, team.manager) == ("First", cast.mona)


@pytest.mark.django_db
def test_nothing_is_deleted(admin: Client, cast: SimpleNamespace) -> None:
    for record in (cast.ours, cast.alice, LeadSource.objects.first()):
        assert admin.post(page(type(record), "delete", record), {"post": "yes"}).status_code == 403
        assert type(record).objects.filter(pk=record.pk).exists()
