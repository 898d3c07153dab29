from django.urls import path

from salesflow.people import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.second_step, name="second-step"),
    path("sign-in/forgotten/", views.forgotten, name="password-forgotten"),
    path("sign-in/new-password/<str:who>/<str:proof>/", views.new_password, name="password-new"),
    path("sign-in/company/", views.leave, name="single-sign-on"),
    path("sign-in/company/back/", views.come_back, name="single-sign-on-back"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("set-up/", views.set_up, name="set-up"),
    path("profile/", views.profile, name="profile"),
    path("profile/password/", views.change_password, name="change-password"),
    path("profile/sessions/", views.sessions, name="sessions"),
    path("profile/sessions/end/", views.session_ended, name="session-end"),
    path("profile/sessions/end-others/", views.sessions_ended, name="sessions-end"),
    path("profile/tokens/", views.tokens, name="own-tokens"),
    path("profile/tokens/revoke/", views.token_ended, name="own-token-revoke"),
    path("profile/second-step/", views.second_factor, name="second-factor"),
    path("profile/second-step/picture/", views.second_factor_picture, name="second-factor-picture"),
    path("profile/second-step/codes/", views.recovery_codes, name="recovery-codes"),
    path("profile/second-step/off/", views.second_factor_off, name="second-factor-off"),
]
