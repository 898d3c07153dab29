"""Search, preferences and the style page."""

from django.urls import path

from salesflow.lib.web import views
from salesflow.lib.web.search import search
from salesflow.lib.web.style import style

urlpatterns = [
    path("search/", search, name="search"),
    path("preferences/language/", views.set_language, name="set-language"),
    path("preferences/theme/", views.set_theme, name="set-theme"),
    path("style/", style, name="style"),
    path("style/<slug:page>/", style, name="style-page"),
]
