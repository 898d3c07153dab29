"""The admin's door of configuration records: a subclass names its rights and what it shows, nothing else."""

from typing import Any, ClassVar

from django.http import HttpRequest

from salesflow.lib.admin.service_pages import ArchivingPage
from salesflow.people.models import User
from salesflow.people.services import (
    config_record_archive,
    config_record_change,
    config_record_create,
    config_record_restore,
)


def administrator(request: HttpRequest) -> User:
    """Who is signed in; the admin lets nobody else come this far."""
    assert isinstance(request.user, User)
    return request.user


class ConfigPage(ArchivingPage):
    """Records that administrators keep: `rights` is their name in the roles' table."""

    rights: ClassVar[str]

    def record_create(self, *, by: Any, **values: Any) -> Any:
        return config_record_create(self.model, by=by, rights=self.rights, **values)

    def record_change(self, record: Any, *, by: Any, **values: Any) -> Any:
        return config_record_change(record, by=by, rights=self.rights, **values)

    def record_archive(self, record: Any, *, by: Any) -> None:
        config_record_archive(record, by=by, rights=self.rights)

    def record_restore(self, record: Any, *, by: Any) -> None:
        config_record_restore(record, by=by, rights=self.rights)
