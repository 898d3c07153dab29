"""The REST door of configuration records: a subclass names list, shape and rights, nothing else."""

from typing import Any, ClassVar

from salesflow.lib.api.records import Archiving, Changing, Creating, Records
from salesflow.people.lists import ConfigList
from salesflow.people.models import User
from salesflow.people.services import (
    config_record_archive,
    config_record_change,
    config_record_create,
    config_record_restore,
)


class ConfigRecords(Creating, Changing, Archiving, Records):
    """Records that administrators keep: `rights` are the standard ones of the list's resource."""

    spec: ClassVar[ConfigList]

    def add(self, *, by: User, **values: Any) -> Any:
        return config_record_create(self.spec.model, by=by, rights=self.spec.rights, **values)

    def change(self, record: Any, *, by: User, **values: Any) -> Any:
        return config_record_change(record, by=by, rights=self.spec.rights, **values)

    def archive(self, record: Any, *, by: User) -> None:
        config_record_archive(record, by=by, rights=self.spec.rights)

    def unarchive(self, record: Any, *, by: User) -> None:
        config_record_restore(record, by=by, rights=self.spec.rights)
