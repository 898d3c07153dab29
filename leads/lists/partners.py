"""How partners and what was agreed with them are listed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from leads.models import Nda, Partner, PartnerAgreement
from leads.services.partners import partners_creditable
from salesflow.lib.lists import Column, Search, Step
from salesflow.lib.lists.filters import Choices, DayBefore, DayFrom, Ids, RecordFilters, Words
from salesflow.lib.lists.sheet import named_columns, person_said
from salesflow.people.lists import ConfigList
from salesflow.people.models import User

NDA_STATES: dict[str, dict[str, Any]] = {
    "labels": {"in_force": _("In force"), "missing": _("Missing")},
    "kinds": {"in_force": "ok", "missing": "warn"},
}


class PartnerFilters(RecordFilters):
    kind = Choices("kind", label=_("Kind"), choices=Partner.Kind.choices)
    owner = Ids("owner", label=_("Owner"), people=True)
    credit_code = Words("credit_code", label=_("Unified social credit code"))


class PartnerList(ConfigList):
    """Companies and associations that refer leads."""

    key, model, filterset, rights = "partners", Partner, PartnerFilters, "partners"
    title, icon = _("Partners"), "building-store"
    bar = ("kind",)
    columns: ClassVar = [
        Column("name", _("Partner"), kind="company", link=True, phone="1l"),
        Column("kind", _("Kind"), kind="badge", phone="2l"),
        Column("contact_name", _("Contact")),
        Column("owner", _("Owner"), kind="person", value="owner.name", phone="2r"),
        Column("nda", _("NDA"), kind="badge", value="nda_said", phone="1r", options=NDA_STATES),
        Column("valid_until", _("Valid until"), kind="datetime"),
        Column("created_at", _("Entered"), kind="ago", sort="created_at", first="-"),
    ]
    search = Search(columns=("name", "contact_name", "credit_code"))
    exports, imports = "partners.export", True
    empty_title = _("No partners yet")
    empty_text = _(
        "Suppliers, distributors and associations that refer leads to you stand here, with their agreements."
    )
    steps = (
        Step(_("New partner"), "leads:partner-new", lambda user: user.may("partners.create"), drawer=True),
    )

    def for_import(self, user: Any) -> Sequence[Column]:
        names = "id name kind credit_code contact_name email phone owner valid_from valid_until"
        return named_columns(self, user, names, owner=person_said("owner"))

    def for_page(self, rows: QuerySet[Partner]) -> QuerySet[Partner]:
        return rows.select_related("owner")

    def complete(self, rows: list[Any], user: Any) -> None:
        """Whether leads may be credited to each today."""
        covered = partners_creditable([partner.pk for partner in rows])
        for partner in rows:
            partner.nda_said = "in_force" if partner.pk in covered else "missing"


class NdaFilters(RecordFilters):
    partner = Ids("partner", label=_("Partner"))
    kind = Choices("kind", label=_("Kind"), choices=Nda.Kind.choices)
    expires_after = DayFrom("expires_on", label=_("Expires from"))
    expires_before = DayBefore("expires_on", label=_("Expires before"))


class NdaList(ConfigList):
    """Non-disclosure agreements with partners."""

    key, model, filterset, rights = "ndas", Nda, NdaFilters, "partners"
    orderings: ClassVar = {"id": "id", "created_at": "created_at"}
    default_ordering = "-id"
    search = None

    def visible(self, user: User) -> QuerySet[Nda]:
        return Nda.objects.visible_to(user)


class AgreementFilters(RecordFilters):
    partner = Ids("partner", label=_("Partner"))
    basis = Choices("basis", label=_("Basis"), choices=PartnerAgreement.Basis.choices)
    valid_after = DayFrom("valid_until", label=_("Valid until from"))
    valid_before = DayBefore("valid_until", label=_("Valid until before"))


class AgreementList(ConfigList):
    """What partners get of the revenue their leads bring."""

    key, model, filterset, rights = (
        "partner-agreements",
        PartnerAgreement,
        AgreementFilters,
        "partner_agreements",
    )
    orderings: ClassVar = {"id": "id", "created_at": "created_at"}
    default_ordering = "-id"
    search = None

    def visible(self, user: User) -> QuerySet[PartnerAgreement]:
        return PartnerAgreement.objects.visible_to(user)
