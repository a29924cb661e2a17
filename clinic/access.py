"""Who looked at what. Written before the page is returned, never changed afterwards."""

import uuid

from clinic.models import AccessEvent, User


def record_access(
    *, by: User | None, action: AccessEvent.Action, subject_ref: str, reason: str = "", request_id: str = ""
) -> AccessEvent:
    """Write down that somebody read, searched or exported. `subject_ref` is `app.model:uuid`, never a value."""
    return AccessEvent.objects.create(
        by=by, action=action, subject_ref=subject_ref, reason=reason, request_id=request_id
    )


def subject_ref(kind: str, object_id: uuid.UUID) -> str:
    """How desks name each other's rows without a foreign key: `intake.request:<uuid>`."""
    return f"{kind}:{object_id}"
