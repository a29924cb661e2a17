"""The idle lock: after a while without use, the password opens the same screen again, with what was typed.

What a locked form carries goes back to the browser inside the page that asks for the password, and
comes with it again. It is kept nowhere on the server.
"""

import datetime as dt

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from clinic.accounts import failed, session
from clinic.limits import Limit, take

PASSWORD = "unlock_password"  # noqa: S105 - the name of a field
BACKGROUND = "X-Background"  # a page that refreshes itself is nobody at work
TRIES = Limit(name="unlock", most=10, window=dt.timedelta(minutes=15))
WRONG = "That is not your password. Try again, or log out."
TOO_MANY = "There were too many tries. Wait 15 minutes, or log out and log in again."


def ask_again(request: HttpRequest) -> HttpResponse | None:
    """The page that asks for the password; nothing when the request brings it, and then the view goes on."""
    if "HX-Request" in request.headers or BACKGROUND in request.headers:
        return HttpResponse(status=423)  # a row that refreshes itself: nothing is swapped
    error = _why_not(request) if PASSWORD in request.POST else ""
    if PASSWORD in request.POST and not error:
        session.unlock(request)
        if request.POST.get("unlock_was") == "POST":
            return None
        return HttpResponse(status=303, headers={"Location": request.get_full_path()})
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {PASSWORD, "csrfmiddlewaretoken", "unlock_was"}
        for value in values
    ]
    was = request.POST.get("unlock_was") or request.method
    context = {"title": "Are you still there?", "kept": kept, "was": was, "error": error, "field": PASSWORD}
    return render(request, "account/locked.html", context, status=423 if was == "POST" or error else 200)


@sensitive_post_parameters()
@require_POST
def unlock(request: HttpRequest) -> JsonResponse:
    """The same for a page that covered itself: `{"open": true}`, or `{"open": false, "error": ...}`."""
    error = _why_not(request)
    if error:
        return JsonResponse({"open": False, "error": error}, status=403)
    session.unlock(request)
    return JsonResponse({"open": True})


def _why_not(request: HttpRequest) -> str:
    if not take(TRIES, str(request.user.pk)):
        failed.note("password", "too_many")
        return TOO_MANY
    if request.user.check_password(request.POST.get(PASSWORD, "")):
        return ""
    failed.note("password")
    return WRONG
