"""Every address of SalesFlow; each app names its own under its own room."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
