"""Files of partners, and edits of partners, at the same moment: changes of configuration come one after the other."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from leads.models import Partner
from leads.services.partner_import import PartnerImport, PartnerWriter
from salesflow.people.models import User
from salesflow.people.services import config_record_change, config_record_create, config_records
from salesflow.work.imports import Answer, RowDraft
from salesflow.work.services.imports import config_rows
from tests.leads import cast
from tests.support.races import Meeting, at_once, codes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin() -> User:
    return cast.person("adam", "admin")


@transaction.atomic
def rows(by: User, *drafts: RowDraft) -> list[Answer]:
    """A chunk as the worker of a file writes it."""
    writer = PartnerWriter(
        PartnerImport(), by=User.objects.get(pk=by.pk), mode="both", job_id=1, met=lambda keys: {}
    )
    return writer.write(drafts)


def draft(**values: Any) -> RowDraft:
    return RowDraft(1, values=values)


def unheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard removed: a chunk does not wait for who changes configuration before it looks for its records."""
    monkeypatch.setattr(config_rows, "config_hold", lambda: None)


def a_row_and_an_edit(admin: User, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The chunk has found the partner and goes on to write; the edit holds configuration and goes for the partner."""
    partner = config_record_create(Partner, by=None, rights="partners", name="Arbor", kind="supplier")
    meeting = Meeting()
    monkeypatch.setattr(PartnerWriter, "_find", meeting.after(PartnerWriter._find))
    held: Callable[[], None] = config_records.config_hold

    def hold() -> None:
        held()
        meeting()

    monkeypatch.setattr(config_records, "config_hold", hold)
    results = at_once(
        lambda: rows(admin, draft(id=str(partner.pk), kind="other")),
        lambda: config_record_change(partner, by=None, rights="partners", contact_name="Ann"),
    )
    return codes(results)


def test_a_row_and_an_edit_of_one_partner_are_both_taken(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert a_row_and_an_edit(admin, monkeypatch) == ["", ""]
    partner = Partner.objects.get()
    assert (partner.kind, partner.contact_name, partner.version) == ("other", "Ann", 3)


def test_without_configuration_held_first_they_wait_for_each_other(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unheld(monkeypatch)
    assert a_row_and_an_edit(admin, monkeypatch) == ["", "OperationalError"]


def two_files(admin: User, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(PartnerWriter, "_find", Meeting().after(PartnerWriter._find))
    deed = lambda: rows(admin, draft(name="Arbor", kind="supplier"))  # noqa: E731
    return sorted(answer.result for answers in at_once(deed, deed) for answer in answers)


def test_of_two_files_that_name_a_new_partner_the_second_meets_it(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_files(admin, monkeypatch) == ["created", "skipped"]


def test_without_configuration_held_first_the_second_is_refused_what_it_could_have_met(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    unheld(monkeypatch)
    assert two_files(admin, monkeypatch) == ["created", "rejected"]
