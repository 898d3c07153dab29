"""Customers, contacts and opportunities as records that come in from files: their columns, and who may."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from contacts.lists import ContactList, CustomerList, OpportunityList
from contacts.models import Contact, Customer, LeadConversion, Opportunity
from contacts.services.contacts import contact_archive, contact_edit
from contacts.services.customers import customer_archive, customer_edit
from contacts.services.imports.base import RecordWriter
from contacts.services.imports.contacts import ContactWriter
from contacts.services.imports.customers import CustomerWriter
from contacts.services.imports.opportunities import OpportunityWriter
from contacts.services.opportunities import opportunity_archive, opportunity_edit
from salesflow.people.services import workspace
from salesflow.work.imports import ImportKind, Met, Target, Writer, register_imports
from salesflow.work.services.imports.kinds import ID

EXTERNAL = Target("external_id", _("External id"), _("What another system calls the record; once among all."),
                  ("external id", "account id", "外部编号", "编号"))  # fmt: skip
OWNER = Target(
    "owner", _("Owner"), _("A colleague, by e-mail address, name or id; the importer where a new record names none."),
    ("owner", "account owner", "opportunity owner", "sales rep", "负责人", "所有者", "销售代表"),
)  # fmt: skip


def _currencies() -> list[str]:
    return sorted({workspace().base_currency, "CNY", "EUR", "USD"})


class _Kind(ImportKind):
    writes: ClassVar[type[RecordWriter]]
    edits: ClassVar[Any]
    archives: ClassVar[Any]
    #: What the services call a record of this kind.
    named: ClassVar[str]

    def allowed(self, user: Any) -> bool:
        return bool(user.may(f"{self.resource}.create") or user.may(f"{self.resource}.edit"))

    def writer(self, *, by: Any, mode: str, job_id: int, met: Met) -> Writer:
        return self.writes(self, by=by, mode=mode, job_id=job_id, met=met)

    def records(self, ids: Iterable[int]) -> dict[int, Any]:
        rows = self.model._default_manager.filter(pk__in=set(ids)).order_by("pk")
        return {each.pk: each for each in rows.select_for_update(no_key=True)}

    def restore(self, record: Any, values: Mapping[str, Any], *, by: Any, job_id: int) -> None:
        type(self).edits(**{self.named: record}, by=by, values=dict(values), of_import=job_id)

    def archive(self, record: Any, *, by: Any) -> None:
        type(self).archives(**{self.named: record}, by=by)


class CustomerImport(_Kind):
    resource, model, spec, title, order = "customers", Customer, CustomerList(), _("Customers"), 10
    writes, named = CustomerWriter, "customer"
    edits, archives = staticmethod(customer_edit), staticmethod(customer_archive)
    known_by = ("id", "external_id", "credit_code")
    targets = (
        ID, EXTERNAL,
        Target("name", _("Name"), _("Of the company or private person."),
               ("company name", "company", "account name", "account", "customer", "customer name", "公司名称", "公司",
                "企业名称", "单位名称", "客户名称", "客户"), example="上海明远科技有限公司"),
        Target("is_person", _("Private person"), _("yes or no; a private person is not known again by name."),
               ("is person", "个人客户"), example="no", choices=lambda: ["yes", "no"]),
        Target("credit_code", _("Unified social credit code"), _("18 digits and letters."),
               ("credit code", "uscc", "社会信用代码", "信用代码", "纳税人识别号", "税号")),
        Target("industry", _("Industry"), "", ("sector", "所属行业", "行业类型"), example="medical"),
        Target("country", _("Country"), "", ("billing country", "国别"), example="China"),
        Target("region", _("Province or state"), "", ("province", "state", "billing state", "省份", "省"),
               example="上海市"),
        Target("city", _("City"), "", ("town", "billing city", "所在城市", "市"), example="上海"),
        Target("website", _("Website"), "", ("website url", "web page", "url", "网址", "官网", "网站"),
               example="https://www.example.com"),
        OWNER,
    )  # fmt: skip

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those with people, opportunities, or leads that became them."""
        found: set[int] = set()
        for model in (Contact, Opportunity):
            found |= set(
                model.objects.filter(customer_id__in=ids, archived_at=None).values_list(
                    "customer_id", flat=True
                )
            )  # type: ignore[attr-defined]
        return found | set(
            LeadConversion.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True)
        )


#: How a row names the customer it belongs to.
_CUSTOMER = (
    Target("customer_id", _("Customer: record number"), _("Names the customer for certain."), ("客户记录编号",)),
    Target("customer_external_id", _("Customer: external id"), _("Another way to name the customer."),
           ("account id", "客户外部编号")),
    Target("customer_credit_code", _("Customer: credit code"), _("Another way to name the customer."), ("客户税号",)),
    Target("customer", _("Customer"), _("By name, where only one is called so."),
           ("company name", "company", "account name", "account", "customer name", "公司名称", "公司", "客户名称",
            "所属客户"), example="上海明远科技有限公司"),
)  # fmt: skip
_CUSTOMER_NAMES = tuple(each.name for each in _CUSTOMER)


class ContactImport(_Kind):
    resource, model, spec, title, order = "contacts", Contact, ContactList(), _("Contacts"), 20
    writes, named = ContactWriter, "contact"
    edits, archives = staticmethod(contact_edit), staticmethod(contact_archive)
    needs = (("name",), _CUSTOMER_NAMES)
    has_custom = False
    targets = (
        ID, EXTERNAL, *_CUSTOMER,
        Target("name", _("Name"), _("Of the person."), ("contact name", "full name", "contact", "person", "姓名",
               "联系人", "联系人姓名"), example="王晓琳"),
        Target("title", _("Position"), "", ("job title", "role", "职务", "岗位"), example="采购经理"),
        Target("email", _("E-mail"), _("One e-mail address."), ("email", "email address", "work email", "邮箱",
               "电子邮件"),
               example="wang@example.com"),
        Target("phone", _("Phone"), _("In any notation; without country code the workspace's region is taken."),
               ("phone number", "telephone", "work phone", "tel", "联系电话", "座机"), example="+86 21 5555 0100"),
        Target("mobile", _("Mobile"), _("In any notation; without country code the workspace's region is taken."),
               ("mobile phone", "cell phone", "手机号码", "手机号"), example="138 0013 8000"),
    )  # fmt: skip

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those whom opportunities or conversions name."""
        asked = Opportunity.objects.filter(contact_id__in=ids, archived_at=None)
        found = set(asked.values_list("contact_id", flat=True))
        found |= set(LeadConversion.objects.filter(contact_id__in=ids).values_list("contact_id", flat=True))
        return {id_ for id_ in found if id_ is not None}


class OpportunityImport(_Kind):
    resource, model, spec, title = "opportunities", Opportunity, OpportunityList(), _("Opportunities")
    order = 30
    writes, named = OpportunityWriter, "opportunity"
    edits, archives = staticmethod(opportunity_edit), staticmethod(opportunity_archive)
    needs = (("name",), _CUSTOMER_NAMES)
    targets = (
        ID, EXTERNAL, *_CUSTOMER,
        Target("name", _("Name"), _("What is to be sold."), ("opportunity name", "opportunity", "deal", "deal name",
               "商机", "商机名称"), example="Ventilators for two wards"),
        Target("contact_id", _("Contact: record number"), _("Names a person at the customer for certain."),
               ("联系人记录编号",)),
        Target("contact", _("Contact"), _("A person at the customer, by e-mail address or name."),
               ("contact name", "primary contact", "联系人姓名")),
        Target("amount", _("Amount"), _("An amount without currency sign."), ("deal value", "value", "商机金额",
               "预计金额"), example="120000"),
        Target("currency", _("Currency"), _("ISO code such as CNY; empty is the workspace's currency."),
               ("currency code", "币种"), example="CNY", choices=_currencies),
        Target("expected_close", _("Expected close"), _("A date, as 2026-11-30."),
               ("close date", "expected close date", "预计成交日期", "预计结单日期"), example="2026-11-30"),
        OWNER,
    )  # fmt: skip


def register() -> None:
    register_imports(CustomerImport(), ContactImport(), OpportunityImport())
