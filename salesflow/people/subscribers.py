"""What people hear: mail that was ordered in a transaction is sent after it."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from salesflow.journal.models import Event
from salesflow.journal.registry import on
from salesflow.people.models import User
from salesflow.people.services import workspace
from salesflow.people.services.forgotten import reset_parts
from salesflow.people.services.mail import mail_send


@on("people.password_forgotten")
def link_is_sent(event: Event) -> None:
    """The link is made when it is sent, so that no database and no journal ever holds one."""
    user = User.objects.active().filter(pk=event.subject_id).first()
    if user is None or not user.has_usable_password():
        return
    shared = workspace()
    with translation.override(user.language or shared.language):
        link = settings.SITE_URL + reverse("password-new", args=reset_parts(user))
        body = _(
            "Hello %(name)s,\n\nsomebody, probably you, asked for a new password for %(workspace)s. Choose it here:\n\n"
            "%(link)s\n\nThe link opens once, within an hour. If it was not you, do nothing: your password stays."
        ) % {"name": user.name, "workspace": shared.name, "link": link}
        mail_send(to=user.email, subject=_("A new password for %s") % shared.name, body=body)
