"""Partners that come in from files: their columns, and by what they are known."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.lists import PartnerList
from leads.models import Lead, Nda, Partner, PartnerAgreement
from salesflow.lib.text import uscc_key
from salesflow.work.imports import Target, register_imports
from salesflow.work.services.imports.config_rows import ConfigImport, ConfigWriter
from salesflow.work.services.imports.given import Given, choice_of, day_of
from salesflow.work.services.imports.kinds import ID

RIGHTS = "partners"


class PartnerWriter(ConfigWriter):
    """Known by record number, credit code, or name."""

    model, rights = Partner, RIGHTS
    fields = (
        "name",
        "kind",
        "credit_code",
        "contact_name",
        "email",
        "phone",
        "owner",
        "valid_from",
        "valid_until",
    )
    lines = ("name", "credit_code", "contact_name", "email", "phone")

    def read(self, given: Given) -> None:
        choice_of(given, "kind", Partner.Kind.choices)
        self.person(given, "owner")
        for name in ("valid_from", "valid_until"):
            if (day := day_of(given, name)) is not None:
                given.values[name] = day
        if code := uscc_key(given.values.get("credit_code", "")):
            given.values["credit_code"] = code
            given.keys.append(f"credit_code {code}")
        if name := given.values.get("name"):
            given.keys.append(f"name {name}")

    def relate(self, rows: Sequence[Given]) -> None:
        super().relate(rows)
        self.people(rows, "owner")

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        return Q(credit_code__in=keys.get("credit_code", ())) | Q(name__in=keys.get("name", ()))

    def keys_of(self, record: Partner) -> list[str]:
        codes = [f"credit_code {record.credit_code}"] if record.credit_code else []
        return [*codes, f"name {record.name}"]

    def is_another(self, record: Partner, given: Given) -> bool:
        """One of the same name whose credit code is known to be another is another company."""
        code = given.values.get("credit_code")
        return bool(code and record.credit_code and code != record.credit_code)

    def joined(self, rows: Any) -> Any:
        return rows.select_related("owner")


class PartnerImport(ConfigImport):
    resource, model, spec, title, rights = "partners", Partner, PartnerList(), _("Partners"), RIGHTS
    writes, needs, known_by = PartnerWriter, (("name",), ("kind",)), ("id", "credit_code", "name")
    targets = (
        ID,
        Target("name", _("Name"), _("Of the company or association; once among all."),
               ("partner", "partner name", "company", "company name", "合作伙伴", "合作伙伴名称", "公司名称", "名称"),
               example="上海明远科技有限公司"),
        Target("kind", _("Kind"), _("supplier, distributor, association or other."),
               ("type", "partner type", "类型", "合作伙伴类型"), example="distributor",
               choices=lambda: [str(code) for code in Partner.Kind.values]),
        Target("credit_code", _("Unified social credit code"), _("18 digits and letters."),
               ("credit code", "uscc", "社会信用代码", "信用代码", "纳税人识别号", "税号")),
        Target("contact_name", _("Contact"), "", ("contact", "contact person", "联系人", "联系人姓名"),
               example="王晓琳"),
        Target("email", _("E-mail"), _("One e-mail address."), ("email", "email address", "邮箱", "电子邮件"),
               example="wang@example.com"),
        Target("phone", _("Phone"), "", ("phone number", "telephone", "tel", "联系电话", "电话"),
               example="+86 21 5555 0100"),
        Target("owner", _("Owner of the cooperation"), _("A colleague, by e-mail address, name or id."),
               ("owner", "account manager", "负责人", "合作负责人")),
        Target("valid_from", _("Valid from"), _("A date, as 2026-11-30."), ("start date", "合作开始", "生效日期"),
               example="2026-01-01"),
        Target("valid_until", _("Valid until"), _("A date, as 2026-11-30."), ("end date", "合作结束", "失效日期"),
               example="2026-12-31"),
    )  # fmt: skip

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those with agreements, or with leads that came from them."""
        found: set[int] = set()
        for model in (Nda, PartnerAgreement, Lead):
            found |= set(model.objects.filter(partner__in=ids).values_list("partner_id", flat=True))  # type: ignore[attr-defined]
        return found


def register() -> None:
    register_imports(PartnerImport())
