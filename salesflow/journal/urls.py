"""Addresses of the inbox."""

from django.urls import path

from salesflow.journal import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/count/", views.notice_count, name="notice-count"),
    path("notices/read/", views.notice_read, name="notice-read"),
    path("notices/<int:pk>/", views.notice_open, name="notice-open"),
]
