"""What the events and notices of leads say to people."""

from django.utils.translation import gettext_lazy as _

from salesflow.journal.texts import register_event, register_notice

EVENTS = {
    "leads.created": (_("Lead entered"), "plus"),
    "leads.edited": (_("Details changed"), "pencil"),
    "leads.filled": (_("Empty fields filled by an import"), "file-import"),
    "leads.unfilled": (_("Fields emptied, an import was undone"), "file-import"),
    "leads.assigned": (_("Assigned to %(owner_name)s"), "user-check"),
    "leads.claimed": (_("Claimed from the public pool"), "hand-grab"),
    "leads.entered_pool": (_("Entered the public pool"), "pool"),
    "leads.returned": (_("Returned to the public pool"), "arrow-back-up"),
    "leads.timed_out": (_("First contact was not in time; back to the public pool"), "clock-x"),
    "leads.idled_out": (_("No follow-up; back to the public pool"), "zzz"),
    "leads.contacted": (_("First contact made"), "phone"),
    "leads.unanswered": (_("Nobody answered; back to the public pool"), "phone-off"),
    "leads.reminded": (_("Reminded of the first contact"), "bell"),
    "leads.qualified": (_("Qualified"), "circle-check"),
    "leads.disqualified": (_("Disqualified"), "circle-x"),
    "leads.reopened": (_("Reopened"), "rotate"),
    "leads.verified": (_("Verification noted"), "shield-check"),
    "leads.archived": (_("Archived"), "archive"),
    "leads.restored": (_("Restored"), "archive-off"),
    "leads.grade_changed": (_("Grade changed from %(from)s to %(to)s"), "chart-bar"),
    "contacts.lead_converted": (_("Converted to a customer"), "building"),
    "work.activity_logged": (_("Activity logged"), "phone"),
    "work.note_added": (_("Note added"), "note"),
    "work.task_created": (_("Task created"), "checkbox"),
}
NOTICES = {
    "leads.assigned": (_("Leads assigned to you: %(count)s"), "user-check"),
    "leads.unassigned": (_("Leads that no rule could assign wait in your pool: %(count)s"), "user-question"),
    "leads.first_contact_due": (
        _("First contact: %(percent)s %% of the time is over. Leads: %(count)s"),
        "clock",
    ),
    "leads.first_contact_due_of_rep": (
        _("First contact by your people: %(percent)s %% of the time is over. Leads: %(count)s"),
        "clock",
    ),
    "leads.timed_out": (_("First contact was not in time. Leads taken back: %(count)s"), "clock-x"),
    "leads.timed_out_of_rep": (
        _("First contact by your people was not in time. Leads taken back: %(count)s"),
        "clock-x",
    ),
    "leads.idled_out": (_("No follow-up for too long. Leads taken back: %(count)s"), "zzz"),
    "leads.idled_out_of_rep": (
        _("No follow-up by your people for too long. Leads taken back: %(count)s"),
        "zzz",
    ),
    "leads.unanswered": (_("Nobody answered. Leads taken back: %(count)s"), "phone-off"),
    "leads.unanswered_of_rep": (_("Nobody answered your people. Leads taken back: %(count)s"), "phone-off"),
    "leads.returned": (_("Leads of yours were returned to the pool: %(count)s"), "arrow-back-up"),
    "leads.returned_of_rep": (_("Your people returned leads to the pool: %(count)s"), "arrow-back-up"),
    "leads.needs_review": (_("Leads returned too often wait for your review: %(count)s"), "eye"),
}


def register() -> None:
    for kind, (text, icon) in EVENTS.items():
        register_event(kind, text, icon)
    for kind, (text, icon) in NOTICES.items():
        register_notice(kind, text, icon)
    register_notice("leads.import_done", _("Import finished: %(created)s created, %(merged)s merged, "
                                           "%(skipped)s skipped, %(rejected)s rejected"), "file-import")  # fmt: skip
    register_notice("leads.import_failed", _("An import could not be read to its end"), "file-x")
    register_notice("work.task_given", _("You were given a task: %(title)s"), "checkbox")
    register_notice("work.task_reminder", _("Reminder: %(title)s"), "bell")
