from django.urls import path

from performance import views

urlpatterns = [
    path("", views.home, name="home"),
    path("figures/", views.figures, name="figures"),
    path("figures/sources/", views.sources, name="figures-sources"),
]
