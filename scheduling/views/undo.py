"""Taking a cancelling back, from the page of the cancelled visit."""

from django.http import HttpRequest, HttpResponse

from clinic import links
from clinic.base import ClinicError
from clinic.private import SeeOther
from clinic.public import public
from scheduling.cancelling import undo_cancel
from scheduling.errors import AlreadyBookedError
from scheduling.models import AppointmentEvent
from scheduling.views.visit import VisitPage


@public
class UndoView(VisitPage):
    """POST only. Whatever comes of it, the visit's page says how things stand."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Have the visit stand again; a replay ends on the same page."""
        try:
            undo_cancel(appointment=self.visit, source=AppointmentEvent.Source.WEB)
        except AlreadyBookedError as error:
            return SeeOther(links.path_for("visit", error.appointment.pk) + "?already=1")
        except ClinicError:
            return SeeOther(self.address_of("visit") + "?undo_late=1")
        return SeeOther(self.address_of("visit") + "?undone=1")
