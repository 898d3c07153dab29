"""The REST door of figures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salesflow.lib.api.routes import Router


def route(router: "Router") -> None:
    from performance.api import figures

    router.add_single("kpis/", figures.Kpis)
    router.add_single("funnel/", figures.FunnelOfLeads)
    router.add_single("source-report/", figures.SourceReport)
