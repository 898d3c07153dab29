"""Addresses of how one is told."""

from django.urls import path

from salesflow.outbox.views import notices

urlpatterns = [
    path("profile/notifications/", notices.notice_settings_page, name="notice-settings"),
]
