import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from clinic.base import ClinicError
from intake.consultation import Evidence
from intake.errors import FormUsedError
from intake.models import ConsultationRequest, Patient
from intake.services import submit_consultation
from intake.tests.conftest import answers
from intake.tests.factories import consultation
from intake.tests.pages import URL, fields_of
from notifications.models import Consent, Message

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

AT_ONCE = 6


def run_at_once(act: Callable[[int], Any]) -> list[Any]:
    """What each of AT_ONCE threads got, or the error it met."""
    results: list[Any] = [None] * AT_ONCE
    start = threading.Barrier(AT_ONCE)

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = act(number)
        except (ClinicError, DatabaseError) as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def stored() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Patient, ConsultationRequest, Consent, Message))


def test_submit_of_one_form_at_once_makes_one_request():
    said = consultation()

    results = run_at_once(lambda _number: submit_consultation(said, evidence=Evidence()))

    assert results == [ConsultationRequest.objects.get()] * AT_ONCE
    assert stored() == (1, 1, 2, 2)


def test_submit_from_tabs_of_one_browser_at_once_makes_one_request():
    results = run_at_once(lambda _number: submit_consultation(consultation(), evidence=Evidence(sender="browser")))

    assert results == [ConsultationRequest.objects.get()] * AT_ONCE
    assert stored() == (1, 1, 2, 2)


def test_submit_of_one_form_with_other_words_at_once_takes_one():
    key = uuid.uuid4()

    results = run_at_once(
        lambda number: submit_consultation(consultation(form_key=key, message=str(number)), evidence=Evidence())
    )

    kept = ConsultationRequest.objects.get()
    assert sorted(type(result).__name__ for result in results) == ["ConsultationRequest"] + ["FormUsedError"] * 5
    assert {result.request for result in results if isinstance(result, FormUsedError)} == {kept}


def test_post_of_one_form_at_once_leads_to_one_page(next_desk):
    typed = answers(form_key=fields_of(Client().get(URL))["form_key"][0])

    responses = run_at_once(lambda _number: Client().post(URL, typed))

    assert [response.status_code for response in responses] == [303] * AT_ONCE
    assert len({response["Location"] for response in responses}) == 1
    assert stored() == (1, 1, 2, 2)
