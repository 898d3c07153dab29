"""Lead sources and campaigns that come in from files: their columns, and by what they are known."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.lists import CampaignList, SourceList
from leads.models import Campaign, Lead, LeadSource, WebForm
from salesflow.work.imports import Target, register_imports
from salesflow.work.services.imports.config_rows import ConfigImport, ConfigWriter
from salesflow.work.services.imports.given import Given, Refused, amount_of, choice_of, day_of, truth_of
from salesflow.work.services.imports.kinds import ID

_COST = (
    Target("cost", gettext_lazy("Cost"), gettext_lazy("An amount without currency sign."), ("budget", "费用", "成本"),
           example="12000"),
    Target("currency", gettext_lazy("Currency"), gettext_lazy("ISO code such as CNY."), ("currency code", "币种"),
           example="CNY"),
)  # fmt: skip


class NamedWriter(ConfigWriter):
    """Known by record number or name."""

    lines = ("name", "currency")

    def read(self, given: Given) -> None:
        if (cost := amount_of(given, "cost")) is not None:
            given.values["cost"] = cost
        if currency := given.values.get("currency"):
            given.values["currency"] = currency.upper()
        if name := given.values.get("name"):
            given.keys.append(f"name {name}")

    def asked(self, keys: Mapping[str, set[str]]) -> Q:
        return Q(name__in=keys.get("name", ()))

    def keys_of(self, record: Any) -> list[str]:
        return [f"name {record.name}"]


class SourceWriter(NamedWriter):
    model, rights = LeadSource, "sources"
    fields = ("name", "channel", "kind", "requires_reachable", "cost", "currency")

    def read(self, given: Given) -> None:
        super().read(given)
        choice_of(given, "channel", LeadSource.Channel.choices)
        choice_of(given, "kind", LeadSource.Kind.choices)
        complete = truth_of(given, "requires_reachable")
        if complete is not None:
            given.values["requires_reachable"] = complete

    def relate(self, rows: Sequence[Given]) -> None:
        super().relate(rows)
        called = _called()
        for row in rows:
            source = called.get(row.values.get("name", ""))
            if source is not None:
                row.values["name"] = source.name
                row.keys = [*(key for key in row.keys if not key.startswith("name ")), f"name {source.name}"]


class CampaignWriter(NamedWriter):
    model, rights = Campaign, "campaigns"
    fields = ("name", "source", "starts_on", "ends_on", "cost", "currency")

    def read(self, given: Given) -> None:
        super().read(given)
        for name in ("starts_on", "ends_on"):
            if (day := day_of(given, name)) is not None:
                given.values[name] = day

    def relate(self, rows: Sequence[Given]) -> None:
        """The sources that rows name, by name or record number."""
        super().relate(rows)
        called = _called()
        known = {str(source.pk): source for source in called.values()} | called
        for row in rows:
            text = row.draft.text("source")
            if text in known:
                row.values["source"] = known[text]
            elif text:
                row.draft.refuse("source", _("There is no source “%(name)s”.") % {"name": text[:80]})

    def joined(self, rows: Any) -> Any:
        return rows.select_related("source")

    def made(self, row: Given) -> Campaign:
        _in_use(row)
        return super().made(row)  # type: ignore[no-any-return]

    def changed(self, record: Campaign, row: Given) -> Campaign:
        _in_use(row)
        return super().changed(record, row)  # type: ignore[no-any-return]


def _called() -> dict[str, LeadSource]:
    """All sources by what they are called, also in the other languages; their own names come first."""
    sources = list(LeadSource.objects.order_by("pk"))
    called: dict[str, LeadSource] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            called |= {str(source): source for source in sources}
    return called | {source.name: source for source in sources}


def _in_use(row: Given) -> None:
    source = row.values.get("source")
    if source is not None and source.archived_at is not None:
        raise Refused(_("This source is archived."))


def _current() -> list[str]:
    return [str(source) for source in LeadSource.objects.filter(archived_at=None).order_by("name")]


class SourceImport(ConfigImport):
    resource, model, spec, rights = "lead-sources", LeadSource, SourceList(), "sources"
    title = gettext_lazy("Lead sources")
    writes, needs, known_by = SourceWriter, (("name",), ("channel",), ("kind",)), ("id", "name")
    targets = (
        ID,
        Target("name", gettext_lazy("Name"), gettext_lazy("Once among all."),
               ("source", "lead source", "source name", "来源", "线索来源", "来源名称", "名称"),
               example="Hannover Messe"),
        Target("channel", gettext_lazy("Channel"), gettext_lazy("offline, partner or online."), ("渠道", "来源渠道"),
               example="offline", choices=lambda: [str(code) for code in LeadSource.Channel.values]),
        Target("kind", gettext_lazy("Kind"), gettext_lazy("What stands under the channel, as trade_show."),
               ("type", "source type", "类型", "来源类型"), example="trade_show",
               choices=lambda: [str(code) for code in LeadSource.Kind.values]),
        Target("requires_reachable", gettext_lazy("Requires complete leads"), gettext_lazy("yes or no."), (),
               example="no", choices=lambda: ["yes", "no"]),
        *_COST,
    )  # fmt: skip

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those with campaigns, forms, or leads that came from them."""
        return _used("source_id", ids, Campaign, WebForm, Lead)


class CampaignImport(ConfigImport):
    resource, model, spec, rights = "campaigns", Campaign, CampaignList(), "campaigns"
    title = gettext_lazy("Campaigns")
    writes, needs, known_by = CampaignWriter, (("name",), ("source",)), ("id", "name")
    targets = (
        ID,
        Target("name", gettext_lazy("Name"), gettext_lazy("Once among all."),
               ("campaign", "campaign name", "活动", "活动名称", "营销活动", "名称"), example="Spring fair 2026"),
        Target("source", gettext_lazy("Source"), gettext_lazy("A lead source, by name or record number."),
               ("lead source", "来源", "线索来源"), example="Trade show", choices=_current),
        Target("starts_on", gettext_lazy("Starts"), gettext_lazy("A date, as 2026-11-30."),
               ("start date", "begin", "开始日期"), example="2026-04-12"),
        Target("ends_on", gettext_lazy("Ends"), gettext_lazy("A date, as 2026-11-30."), ("end date", "结束日期"),
               example="2026-04-16"),
        *_COST,
    )  # fmt: skip

    def worked_on(self, ids: Sequence[int]) -> set[int]:
        """Those with forms, or leads that came from them."""
        return _used("campaign_id", ids, WebForm, Lead)


def _used(column: str, ids: Sequence[int], *models: Any) -> set[int]:
    found: set[int] = set()
    for model in models:
        found |= set(model.objects.filter(**{f"{column}__in": ids}).values_list(column, flat=True))
    return found


def register() -> None:
    register_imports(SourceImport(), CampaignImport())
