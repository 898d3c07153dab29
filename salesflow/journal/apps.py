from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "salesflow.journal"
    label = "journal"
    verbose_name = _("Journal")

    def ready(self) -> None:
        from salesflow.lib.relations import follows_any
        from salesflow.lib.web import nav

        nav.register(nav.NavItem("notices", _("Inbox"), "inbox", "notices", nav.TOP, order=20, keys="G I"))
        # events stay with what they told about; who shows a merged record shows those of both
        follows_any("journal.notice")
