"""Every address of SalesFlow; each app names its own under its own room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("salesflow.lib.web.urls")),
]

handler400 = "salesflow.lib.web.errors.bad_request"
handler403 = "salesflow.lib.web.errors.forbidden"
handler404 = "salesflow.lib.web.errors.not_found"
handler500 = "salesflow.lib.web.errors.broken"
