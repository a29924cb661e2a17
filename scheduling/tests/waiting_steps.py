"""What people do on and with the waiting list."""

from clinic.models import User
from notifications.models import Message
from scheduling.models import WaitlistOffer
from scheduling.tests.factories import NOW, another_request, at
from scheduling.tests.visit_moves import book
from scheduling.waiting import services
from scheduling.waiting.wishes import Wish


def ask(request, kind, now=NOW, **wish):
    return services.ask_for_earlier(request=request, appointment_type=kind, wish=Wish(**wish), now=now)


def fill_monday(kind):
    """Monday's times are taken, so that only Tuesday's two are left."""
    for start in (at(9, day=NOW.date()), at(9, 30, day=NOW.date())):
        book(kind, start, asker=another_request(), now=NOW)


def later(kind, asker=None):
    """A visit at the last time of Tuesday, of somebody who waits for an earlier one."""
    visit = book(kind, at(9, 30), asker=asker)
    return visit, ask(visit.request, kind)


def offered_texts(made):
    return list(Message.objects.filter(subject_ref=f"scheduling.waitlistoffer:{made.pk}").order_by("channel"))


def desk_user():
    user, _made = User.objects.get_or_create(email="desk-waits@clinic.example")
    return user


def offer(entry, clinician, start=None, now=NOW):
    return services.offer_time(entry=entry, clinician=clinician, start=start or at(9), by=desk_user(), now=now)


def unsaid_offer(entry, clinician, start=None, **changes):
    """An offer as a row, past the service."""
    said = {"starts_at": start or at(9), "expires_at": at(8)}
    return WaitlistOffer.objects.create(entry=entry, clinician=clinician, **{**said, **changes})


def accept(made, now=NOW, **changes):
    return services.accept_offer(offer=made, now=now, **changes)
