"""Send my link again. The answer is the same whether we know the address or not, and takes as long."""

import datetime as dt
import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from clinic.http import as_typed, keeps_typed, switches_language
from clinic.limits import Limit, take
from clinic.private import SeeOther, sender
from clinic.public import public
from scheduling.forms import SendMyLinkForm
from scheduling.link_messages import send_link

PER_NETWORK = Limit(name="link_by_ip", most=30, window=dt.timedelta(hours=1))
PER_ADDRESS = Limit(name="link_by_addr", most=3, window=dt.timedelta(hours=1))
ANSWER_SECONDS = 0.25  # longer than the work takes, so that a known address does not show


@public
@keeps_typed
class SendMyLinkView(View):
    """One box for a number or an e-mail address; POST leads to the same page for everybody."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The box, or after sending what happens now."""
        return render(request, "visit/send_my_link.html", {"form": SendMyLinkForm(), "sent": "sent" in request.GET})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the link if there is one to send; say the same in any case."""
        if switches_language(request):
            return render(request, "visit/send_my_link.html", {"form": as_typed(SendMyLinkForm(request.POST))})
        begin = time.monotonic()
        form = SendMyLinkForm(request.POST)
        if not take(PER_NETWORK, sender(request)):
            return self._too_often(request, form)
        if not form.is_valid():
            return render(request, "visit/send_my_link.html", {"form": form}, status=422)
        contact = form.cleaned_data["contact"]
        if not take(PER_ADDRESS, contact.address.lower()):
            return self._too_often(request, form)
        send_link(channel=contact.channel, address=contact.address)
        time.sleep(max(0.0, ANSWER_SECONDS - (time.monotonic() - begin)))
        return SeeOther(reverse("scheduling:send_my_link") + "?sent=1")

    def _too_often(self, request: HttpRequest, form: SendMyLinkForm) -> HttpResponse:
        return render(request, "visit/send_my_link.html", {"form": form, "too_often": True}, status=429)
