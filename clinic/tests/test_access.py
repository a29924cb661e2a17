import uuid

import pytest

from clinic.access import record_access, subject_ref
from clinic.models import AccessEvent, User


@pytest.mark.django_db
def test_record_access_writes_who_looked_at_what():
    by = User.objects.create_user("clinician@clinic.example")
    about = subject_ref("intake.request", uuid.UUID(int=1))

    record_access(by=by, action=AccessEvent.Action.READ, subject_ref=about, request_id="r1")

    event = AccessEvent.objects.get()
    assert (event.by, event.action, event.subject_ref, event.request_id) == (
        by,
        "read",
        "intake.request:00000000-0000-0000-0000-000000000001",
        "r1",
    )
