from salesflow.files.services.add import Upload, attachment_add, attachment_ready
from salesflow.files.services.change import attachment_remove, attachment_rename, attachment_restore
from salesflow.files.services.check import contents_check
from salesflow.files.services.codes import picture_codes
from salesflow.files.services.keep import picture_keep, picture_kept
from salesflow.files.services.look import attachments_on, content_of
from salesflow.files.services.sweep import orphans_remove

__all__ = [
    "Upload",
    "attachment_add",
    "attachment_ready",
    "attachment_remove",
    "attachment_rename",
    "attachment_restore",
    "attachments_on",
    "content_of",
    "contents_check",
    "orphans_remove",
    "picture_codes",
    "picture_keep",
    "picture_kept",
]
