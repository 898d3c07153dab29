"""Addresses of files on records."""

from django.urls import path

from salesflow.files import views

urlpatterns = [
    path("files/add/", views.file_add, name="file-add"),
    path("files/<int:pk>/", views.file_page, name="file"),
    path("files/<int:pk>/download/", views.file_download, name="file-download"),
    path("files/<int:pk>/picture/", views.file_picture, name="file-picture"),
    path("files/<int:pk>/thumbnail/", views.file_thumbnail, name="file-thumbnail"),
    path("files/<int:pk>/rename/", views.file_rename, name="file-rename"),
    path("files/<int:pk>/remove/", views.file_remove, name="file-remove"),
    path("files/<int:pk>/restore/", views.file_restore, name="file-restore"),
]
