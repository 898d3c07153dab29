"""Records of configuration that come in from files: partners and their like, each by the rules of `config_records`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from salesflow.people.services import (
    config_hold,
    config_record_archive,
    config_record_change,
    config_record_create,
)
from salesflow.work.services.imports.by_service import ServiceImport, ServiceWriter
from salesflow.work.services.imports.given import Given, Refused


class ConfigWriter(ServiceWriter):
    """Subclasses say how a kind is read and known; `rights` is its name in the roles' table."""

    rights: ClassVar[str]

    def relate(self, rows: Sequence[Given]) -> None:
        config_hold()  # as every change of configuration, before any of its records is locked

    def made(self, row: Given) -> Any:
        if not self.by.may(f"{self.rights}.create"):
            raise Refused(_("You may not enter such a record."))
        return config_record_create(
            self.model, by=self.by, rights=self.rights, of_import=self.job_id, **row.values
        )

    def changed(self, record: Any, row: Given) -> Any:
        if not self.by.may(f"{self.rights}.edit"):
            raise Refused(_("You may not change this record."))
        return config_record_change(
            record, by=self.by, rights=self.rights, of_import=self.job_id, **row.values
        )


class ConfigImport(ServiceImport):
    rights: ClassVar[str]

    def allowed(self, user: Any) -> bool:
        return bool(user.may(f"{self.rights}.create") or user.may(f"{self.rights}.edit"))

    def restore(self, record: Any, values: Mapping[str, Any], *, by: Any, job_id: int) -> None:
        config_record_change(record, by=by, rights=self.rights, of_import=job_id, **values)

    def archive(self, record: Any, *, by: Any) -> None:
        config_record_archive(record, by=by, rights=self.rights)
