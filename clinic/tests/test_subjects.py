import uuid

import pytest

from clinic import subjects
from clinic.access import subject_ref


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        ("intake.request", "/admin/intake/consultationrequest/{}/change/"),
        ("scheduling.appointment", "/admin/scheduling/appointment/{}/change/"),
    ],
)
def test_subject_of_each_desk_leads_to_its_page(kind, page):
    object_id = uuid.UUID(int=7)

    assert subjects.page_of(subject_ref(kind, object_id)) == page.format(object_id)


@pytest.mark.parametrize("ref", ["unknown:1", "intake.request", "intake.request:", ""])
def test_subject_without_a_page_has_no_link(ref):
    assert subjects.page_of(ref) == ""
