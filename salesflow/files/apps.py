from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "salesflow.files"
    label = "files"
    verbose_name = _("Files")

    def ready(self) -> None:
        from salesflow.files import texts
        from salesflow.lib.relations import follows_any

        texts.register_all()
        follows_any("files.attachment")
