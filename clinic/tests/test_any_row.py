"""The guard against tests that take whichever row comes first."""

import pytest

from clinic.tests.any_row import AnyRowError
from intake.models import ConsultationRequest
from intake.tests.factories import make_request

pytestmark = pytest.mark.django_db


@pytest.fixture
def two():
    return [make_request(name=name) for name in ("Sam Example", "Ann Example")]


@pytest.mark.parametrize(
    "take",
    [
        lambda: ConsultationRequest.objects.order_by("pk").first(),
        lambda: ConsultationRequest.objects.order_by("status").last(),
        lambda: ConsultationRequest.objects.order_by("status", "id")[0],
    ],
    ids=["by id", "alike", "alike and by id"],
)
def test_row_that_only_its_id_puts_first_is_refused(two, take):
    with pytest.raises(AnyRowError, match="ConsultationRequest"):
        take()


def test_row_that_is_told_apart_is_given(two):
    assert ConsultationRequest.objects.order_by("reference").first() in two
    assert ConsultationRequest.objects.filter(pk=two[1].pk).first() == two[1]
