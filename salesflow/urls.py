"""Every address of SalesFlow; each app names its own under its own room."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from salesflow.people.views import sign_out

admin.autodiscover()

urlpatterns = [
    # one door for signing in and out and for passwords, so that their limits hold for the admin too
    path("admin/login/", login_not_required(RedirectView.as_view(pattern_name="sign-in", query_string=True))),
    path("admin/logout/", sign_out),
    path("admin/password_change/", RedirectView.as_view(pattern_name="profile")),
    path("admin/", admin.site.urls),
    path("api/", include("salesflow.api")),
    path("", include("salesflow.lib.web.urls")),
    path("", include("salesflow.journal.urls")),
    path("", include("salesflow.people.urls")),
    path("", include("salesflow.outbox.urls")),
    path("", include("salesflow.files.urls")),
    path("", include("salesflow.work.urls")),
    path("", include("leads.urls")),
    path("", include("contacts.urls")),
    path("", include("performance.urls")),
    path("", include("salesflow.runtime.urls")),
]

handler400 = "salesflow.lib.web.errors.bad_request"
handler403 = "salesflow.lib.web.errors.forbidden"
handler404 = "salesflow.lib.web.errors.not_found"
handler500 = "salesflow.lib.web.errors.broken"
