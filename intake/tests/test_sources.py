import pytest

from intake.models import ConsultationRequest
from intake.tests.pages import URL, fields_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("word", "kept"), [("website", "website"), ("phone", ""), ("<script>", ""), ("", ""), ("WEBSITE", "")]
)
def test_link_says_where_a_request_came_from_by_a_word_of_ours(client, send, word, kept):
    shown = fields_of(client.get(URL, {"from": word}))

    answer = send(form_key=shown["form_key"][0])

    assert (answer.status_code, ConsultationRequest.objects.get().source) == (303, kept)
    assert "from" not in client.cookies


def test_word_outlives_a_mistake_in_the_form(client, send):
    shown = fields_of(client.get(URL, {"from": "maps"}))
    again = fields_of(send(form_key=shown["form_key"][0], name=""))

    send(form_key=again["form_key"][0])

    assert ConsultationRequest.objects.get().source == "maps"
