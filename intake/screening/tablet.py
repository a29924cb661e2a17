"""The clinic's tablet: staff hand it over for one sitting; it shows that and nothing else, and forgets it at the end.

Handing over ends the staff's session on the device, so that Back leads to no admin page. The link is made dead
at the end, so that the browser's history opens nothing.
"""

import uuid

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from clinic import links
from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, User
from clinic.private import SeeOther
from clinic.public import public
from intake.models import Screening
from intake.screening.pages.base import PARTING, SUBJECT, TABLET, SittingPage, tablet_over
from intake.screening.pages.visitor import Visitor


@method_decorator(permission_required("intake.send_screening", raise_exception=True), name="dispatch")
class HandOverView(View):
    """Staff start a sitting on this device. POST only."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, screening_id: uuid.UUID) -> HttpResponse:
        """Log the staff out here and open the sitting."""
        screening = get_object_or_404(Screening, pk=screening_id)
        if isinstance(request.user, User):
            record_access(
                by=request.user,
                action=AccessEvent.Action.READ,
                subject_ref=subject_ref(SUBJECT, screening.pk),
                reason="Handed over the tablet",
                request_id=request_id(request),
            )
        Visitor(request.session, screening).hand_over_tablet()
        # In the person's own language, not in that of whoever held the tablet before.
        return SeeOther(f"{links.path_for(TABLET, screening.pk)}?lang={screening.language}")


class TabletStopView(SittingPage):
    """Stop here: the answers stay, the device forgets."""

    needs_identity = False

    def guard(self) -> HttpResponse | None:
        return None

    def show(self, request: HttpRequest) -> HttpResponse:
        """Nothing is stopped by looking."""
        return SeeOther(self.address_of("start"))

    def take(self, request: HttpRequest) -> HttpResponse:
        """End the session of the device."""
        return tablet_over(request, self.screening)


@public
class TabletDoneView(View):
    """A page without a name. Help stays on it until the person puts it away, at most ten minutes."""

    http_method_names = ("get", "head", "post")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Thank you; and help, to who may need it now."""
        return render(request, "screening/tablet_done.html", {"parting": request.session.get(PARTING)})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Put it away before the tablet goes back."""
        request.session.flush()
        return SeeOther(reverse("intake:tablet_over"))
