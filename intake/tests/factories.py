"""Made-up forms and people for tests."""

import uuid
from typing import Any

from intake.consultation import Consultation, Evidence
from intake.models import ConsultationRequest
from intake.services import submit_consultation

PHONE = "+16125550142"
EMAIL = "sam@person.example"


def consultation(**changes: Any) -> Consultation:
    """A plain form: Sam wants texts and e-mail."""
    said = {
        "name": "Sam Example",
        "state": "MN",
        "phone": PHONE,
        "email": EMAIL,
        "sms_consent": True,
        "email_consent": True,
        "form_key": uuid.uuid4(),
    }
    return Consultation(**{**said, **changes})


def make_request(*, evidence: Evidence | None = None, **changes: Any) -> ConsultationRequest:
    """A request as the public form makes it."""
    return submit_consultation(consultation(**changes), evidence=evidence or Evidence())
