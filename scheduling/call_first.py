"""A person whom a clinician must call gets no letter but those about the visit they have booked.

The post room asks this each time such a letter is about to go, so that one written before the need was known stays here, too.
"""

from intake.selectors import no_letter_now
from scheduling.models import Appointment, WaitlistOffer


def about_visit(ref: str) -> str:
    """Why a letter about this visit, as `visit_ref` names it, may not go now; empty when it may."""
    visits = Appointment.objects.filter(pk=ref.partition(":")[2])
    return no_letter_now(visits.values_list("patient", flat=True).first())


def about_offer(ref: str) -> str:
    """The same for the offer of an earlier time."""
    offers = WaitlistOffer.objects.filter(pk=ref.partition(":")[2])
    return no_letter_now(offers.values_list("entry__request__patient", flat=True).first())
