"""Addresses of what people do on records."""

from django.urls import path

from salesflow.work import views

urlpatterns = [
    path("saved-views/save/", views.save_view, name="saved-view-save"),
    path("saved-views/<int:pk>/remove/", views.remove_view, name="saved-view-remove"),
    path("saved-views/<int:pk>/restore/", views.restore_view, name="saved-view-restore"),
]
