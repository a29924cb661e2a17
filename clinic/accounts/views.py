"""Pages of the staff's login: password, second step, codes, invitation."""

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.account.views import ReauthenticateView as PasswordAgainView
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from clinic.accounts import invitations, session, sessions
from clinic.accounts.forms import TOO_MANY, WINDOW
from clinic.links import LinkError
from clinic.models import StaffInvitation, User


class StaffLoginView(LoginView):
    """Password first; who has a second factor is asked for it before the session is theirs."""

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        session.enter(self.request)
        # Who has just typed the password need not type it again to set up the second factor.
        record_authentication(self.request, user, method="password", reauthenticated=True)
        response: HttpResponse = perform_login(self.request, user, redirect_url=self.get_success_url())
        return response


class _SaysWhenToComeBack:
    """429 where a form was refused for too many tries."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # of the view beside it
        if any(form.has_error(field, TOO_MANY) for field in form.errors):
            response.status_code = 429
            response["Retry-After"] = str(int(WINDOW.total_seconds()))
        return response


class SecondStepView(_SaysWhenToComeBack, AuthenticateView):
    """The code or the passkey, behind the password."""


class ConfirmByCodeView(_SaysWhenToComeBack, CodeAgainView):
    """The code once more."""


class ConfirmByPasswordView(_SaysWhenToComeBack, PasswordAgainView):
    """The password once more."""


class AccountView(IndexView):
    """How one logs in, and where one is logged in."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast(User, self.request.user)
        sessions.note_if_new(self.request, user)
        here = self.request.session.session_key
        head = admin.site.each_context(self.request)  # the way on, and out
        return {**super().get_context_data(**kwargs), **head, "sessions": sessions.open_sessions(user, here=here)}


@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Log out one's own other sessions: one, or all. The one that asks stays; its way out is Log out."""
    user, here = cast(User, request.user), request.session.session_key
    others = [one for one in sessions.open_sessions(user, here=here) if not one.is_here]
    if "all" not in request.POST:
        others = [one for one in others if str(one.row.pk) == request.POST.get("session")]
    ended = sessions.end([one.row for one in others])
    if ended:
        messages.success(request, sessions.ended_words(ended))
    else:
        messages.warning(request, "That session was over already.")
    return redirect("mfa_index")


class SetUpCodesView(ActivateTOTPView):
    """First login: the app on the phone. Giving its first code passes the second factor of this session."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # Drawn by qrcode from our own address; inline, because a data: address would need a wider policy.
        drawing = SafeString(context["totp_svg"].partition("?>")[2])
        return {**context, "title": "Set up your second step", "drawing": drawing}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        record_authentication(self.request, authenticated_user(self.request), method="mfa", type="totp")
        return response


class RecoveryCodesView(ViewRecoveryCodesView):
    """The codes for the day the phone is lost."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "title": "Recovery codes"}


class NewRecoveryCodesView(GenerateRecoveryCodesView):
    """New ones; the old ones end."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "title": "New recovery codes"}


class AddPasskeyView(AddWebAuthnView):
    """A passkey of this device, or a security key, in place of the code."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "title": "Add a passkey"}


class RemovePasskeyView(RemoveWebAuthnView):
    """One's own only; allauth looks no further."""

    pk_url_kwarg = "passkey_id"
    success_url = reverse_lazy("mfa_index")
    template_name = "mfa/webauthn/remove.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        passkey: Any = self.object
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[no-untyped-call]  # allauth's
        return {**context, "title": "Remove a passkey", "passkey": passkey.wrap()}


@method_decorator(sensitive_post_parameters(), name="dispatch")
class WelcomeView(FormView):  # type: ignore[type-arg]  # not subscriptable when running
    """Where an invitation leads: choose a password, once."""

    is_public = True
    form_class = SetPasswordForm
    template_name = "account/welcome.html"
    invitation: StaffInvitation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the invitation, or say how to get a new one."""
        try:
            self.invitation = invitations.open_invitation(token=kwargs["token"])
        except LinkError:
            return render(request, "account/invitation_over.html", {"title": "This invitation has ended"}, status=404)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": self.invitation.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title="Welcome", email=self.invitation.user.email, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        if not invitations.accept(invitation=self.invitation, password=form.cleaned_data["new_password1"]):
            raise Http404
        return redirect("admin:login")
