"""What work hears from the foundation."""

from salesflow.journal.models import Event
from salesflow.journal.registry import on
from salesflow.people.models import User
from salesflow.work.services.follows import follows_end


@on("people.user_changed")
def leavers_follow_nothing(event: Event) -> None:
    """Who lost his sign-in is told no more; who comes back begins anew."""
    left = "is_active" in event.data.get("fields", ())
    if left and not User.objects.active().filter(pk=event.subject_id).exists():
        follows_end(event.subject_id)
