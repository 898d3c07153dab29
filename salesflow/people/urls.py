from django.urls import path

from salesflow.people import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("set-up/", views.set_up, name="set-up"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.change_password, name="change-password"),
]
