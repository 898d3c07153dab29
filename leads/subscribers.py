"""What leads hear from the foundation."""

from leads.models import Pool
from leads.services.first_contact import due_times_copy
from leads.services.pairs import search_ask
from salesflow.journal.models import Event
from salesflow.journal.registry import on
from salesflow.people.models import User
from salesflow.people.roles import SELLING_ROLES
from salesflow.people.services import config_changed, config_hold


@on("people.user_created", "people.user_changed")
def new_sellers_join_the_default_pool(event: Event) -> None:
    """Who may own leads may claim them; an administrator may take him out again, which is not undone here."""
    if event.kind == "people.user_changed" and "roles" not in event.data.get("fields", ()):
        return
    user = User.objects.active().filter(pk=event.subject_id).first()
    if user is None:
        return
    config_hold()
    pool = Pool.objects.default()
    if user.role_codes & set(SELLING_ROLES):
        pool.members.add(user)
    if "manager" in user.role_codes:
        pool.managers.add(user)
    config_changed()


@on("clocks.calendar_changed", "clocks.calendar_overridden", "clocks.holidays_loaded")
def leads_show_new_hours(event: Event) -> None:
    """The clocks of a changed calendar have moved; leads show what they say."""
    due_times_copy(calendar_id=event.subject_id)


@on("leads.import_done")
def imported_leads_are_compared(event: Event) -> None:
    """Whether what a file brought is there under another spelling is found soon, not only at night."""
    search_ask(by=None)
