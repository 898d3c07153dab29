"""Partners come in from files and go out again, known by number, credit code or name."""

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage

from leads.models import Nda, Partner
from salesflow.journal.models import Event
from salesflow.people.models import Role, User
from salesflow.people.services import config_record_archive, config_record_create, role_change
from salesflow.work.models import Export
from salesflow.work.services import export_start
from salesflow.work.services.imports import import_run, import_start, import_undo
from tests.api.conftest import Caller, call, cast
from tests.contacts.importing import counts, csv_of, imported, posted, reasons
from tests.support.pages import browse

__all__ = ["browse", "call", "cast"]
pytestmark = pytest.mark.django_db
Call = Callable[..., Caller]
CODE = "91350100M000100Y43"


@pytest.fixture(autouse=True)
def place(cast: SimpleNamespace, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def partner(name: str, **values: Any) -> Partner:
    return config_record_create(
        Partner, by=None, rights="partners", name=name, **{"kind": "supplier", **values}
    )


def states() -> list[tuple[Any, ...]]:
    return list(Partner.objects.order_by("pk").values_list())


def test_rows_become_partners_or_change_those_they_name(cast: SimpleNamespace) -> None:
    known, coded = partner("Known"), partner("Coded", credit_code=CODE)
    gone = partner("Gone")
    config_record_archive(gone, by=None, rights="partners")
    file = csv_of(
        "id|name|kind|credit_code|email|owner|valid_from|valid_until",
        "|New Ltd|Distributor|||alice@cast.test|2026-01-01|2026-12-31",
        "|Known|行业协会|||||",
        f"|Coded Ltd||{CODE.lower()}||||",
        f"{known.pk}|Renamed||||||",
        "|No kind||||||",
        "|Bad|moon|123|nowhere|||",
        "|Late|other||||2026-02-01|2026-01-01",
        "|Gone|other|||||",
        f"{gone.pk}||other|||||",
        "|New Ltd||||||2027-01-31",
    )
    job = imported(again(cast.mona), "partners", file)
    assert counts(job) == (1, 4, 0, 5), reasons(job)
    made = Partner.objects.get(name="New Ltd")
    assert (made.kind, made.owner, made.valid_until) == ("distributor", cast.alice, date(2027, 1, 31))
    known.refresh_from_db()
    coded.refresh_from_db()
    assert (known.name, known.kind, coded.name, coded.credit_code) == (
        "Renamed",
        "association",
        "Coded Ltd",
        CODE,
    )
    told = reasons(job)
    assert "kind" in told[4] and "kind:" in told[5] and "end before it starts" in told[6]
    assert told[7] and told[8] == "This record is archived."
    event = Event.objects.get(kind="leads.partner_created", subject_id=made.pk)
    assert (event.actor, event.data["import"]) == (cast.mona, job.pk)
    Nda.objects.create(partner=made, kind="mutual", signed_on=date(2026, 1, 1))
    job = import_undo(job=job, by=again(cast.mona))
    known.refresh_from_db()
    coded.refresh_from_db()
    assert (known.name, known.kind, coded.name) == ("Known", "supplier", "Coded")
    assert Partner.objects.get(pk=made.pk).archived_at is None and made.pk in job.kept_after_undo


def test_a_dry_run_of_the_whole_file_says_what_the_run_does(cast: SimpleNamespace) -> None:
    rows = [f"P{number % 300}|supplier" for number in range(600)]
    job = imported(again(cast.mona), "partners", csv_of("name|kind", *rows), dry_run=True)
    assert counts(job)[0] == 300 and not Partner.objects.exists()
    job = import_start(job=job, by=again(cast.mona))
    import_run(job_id=job.pk)
    assert counts(job)[0] == 300 == Partner.objects.count()


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_exported_comes_back_and_changes_nothing(format: str, cast: SimpleNamespace) -> None:
    partner("=1+1  Ltd", credit_code=CODE, contact_name="王 晓琳", email="w@one.test", phone="+86 21 5555 0100",
            owner=cast.alice, valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))  # fmt: skip
    partner("Two", kind="association", owner=cast.bob)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    before = states()
    job = export_start(
        by=again(cast.mona), resource="partners", query="ordering=id", format=format, layout="import"
    )
    assert job.status == Export.Status.DONE, job.error
    with default_storage.open(job.path) as file:
        content = io.BytesIO(file.read()).read()
    back = imported(again(cast.mona), "partners", content, name=f"partners.{format}")
    assert counts(back) == (0, 0, 2, 0), reasons(back)
    assert states() == before


@pytest.mark.parametrize(
    ("right", "told"),
    [("create", "You may not enter such a record."), ("edit", "You may not change this record.")],
)
def test_who_may_only_enter_or_only_change_does_no_more_by_a_file(
    right: str, told: str, cast: SimpleNamespace
) -> None:
    partner("Known")
    role_change(role=Role.objects.get(code="manager"), by=None, rights={f"partners.{right}": "none"})
    job = imported(again(cast.mona), "partners", csv_of("name|kind", "New|other", "Known|other"))
    assert counts(job)[3] == 1 and told in reasons(job), reasons(job)


def test_who_sells_may_not_change_partners_by_a_file(call: Call, cast: SimpleNamespace, browse: Any) -> None:
    assert posted(call("alice"), "partners", csv_of("name|kind", "A|other")).status_code == 403
    assert posted(call("mona"), "partners", csv_of("name|kind", "A|other")).status_code == 201
    assert "/imports/new/?resource=partners" in browse("mona").get("/partners/").content.decode()
    assert "/imports/new/?resource=" not in browse("alice").get("/partners/").content.decode()
    offered = browse("alice").get("/imports/new/").content.decode()
    assert 'value="tasks"' in offered and 'value="partners"' not in offered
