"""What tests type at the desk's pages."""

import uuid

from django.urls import reverse

PHONE = "/admin/desk/phone/"


def desk_url(name, *args):
    return reverse(f"scheduling:desk_{name}", args=args)


def a_call(kind, **changes):
    """A complete call of somebody new who wants texts; change what the test is about."""
    said = {
        "for_whom": "me",
        "state": "MN",
        "name": "Robin Example",
        "phone": "(612) 555-0177",
        "email": "",
        "best_time": "any",
        "sms_answer": "yes",
        "sms_said": "Yes please",
        "email_answer": "no",
        "kind": str(kind.pk),
        "clinician": "",
        "mode": "in_person",
        "form_key": str(uuid.uuid4()),
        "booking_key": str(uuid.uuid4()),
    }
    return {**said, **changes}
