"""How a phone number that we will call is written for the person whose it is."""

from django.utils.translation import gettext as _

from intake.models import ConsultationRequest, Patient

US_AND_CANADA = 1  # the country code


def number_of(person: ConsultationRequest | Patient) -> str:
    """(612) 555-0142 ext. 12; other countries with their code; empty when there is none."""
    phone = person.phone
    if not phone:
        return ""
    text = str(phone.as_national if phone.country_code == US_AND_CANADA else phone.as_international)
    extension = person.phone_extension if isinstance(person, ConsultationRequest) else ""
    return _("%(number)s ext. %(extension)s") % {"number": text, "extension": extension} if extension else text
