"""Addresses of the staff's login, below /admin/ and before the admin's own."""

from allauth.mfa.totp.views import deactivate_totp
from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.urls import path
from django.views.generic import RedirectView

from clinic.accounts import locking, views
from clinic.public import public

urlpatterns = [
    path("admin/second-step/", public(views.SecondStepView.as_view()), name="mfa_authenticate"),
    path("admin/account/", views.AccountView.as_view(), name="mfa_index"),
    path("admin/account/sessions/end/", views.end_session, name="end_session"),
    path("admin/account/codes/set-up/", views.SetUpCodesView.as_view(), name="mfa_activate_totp"),
    path("admin/account/codes/take-away/", deactivate_totp, name="mfa_deactivate_totp"),
    path("admin/account/recovery-codes/", views.RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path("admin/account/recovery-codes/new/", views.NewRecoveryCodesView.as_view(), name="mfa_generate_recovery_codes"),
    path("admin/account/confirm/", views.ConfirmByPasswordView.as_view(), name="account_reauthenticate"),
    path("admin/account/confirm/code/", views.ConfirmByCodeView.as_view(), name="mfa_reauthenticate"),
    path("admin/account/confirm/passkey/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("admin/account/passkeys/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path(
        "admin/account/passkeys/<int:passkey_id>/remove/",
        views.RemovePasskeyView.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("admin/account/unlock/", locking.unlock, name="unlock"),
    path(
        "admin/account/login/",
        public(RedirectView.as_view(pattern_name="admin:login", query_string=True)),
        name="account_login",
    ),
    path("admin/welcome/<str:token>/", views.WelcomeView.as_view(), name="welcome"),
]
