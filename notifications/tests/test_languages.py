"""In which language the post room answers, and what a page behind an e-mail speaks."""

from dataclasses import replace

import pytest
from django.urls import reverse

from clinic import links, roles
from clinic.models import User
from notifications import delivery, happenings, inbound, kinds, lint, wording
from notifications.keywords import Keyword, is_spanish, keyword_of, may_mean_stop
from notifications.models import Channel, Consent, Message
from notifications.rendering import Words
from notifications.tests.factories import PHONE, agreed, waiting
from notifications.wording import Place

pytestmark = pytest.mark.django_db


def answer_to(body):
    inbound.receive_text(provider_id=f"SM{len(body)}", address=PHONE, body=body)
    return Message.objects.filter(basis=Message.Basis.REQUIRED_REPLY).order_by("-created_at").first()


@pytest.mark.parametrize(
    ("body", "wrote_in", "language"),
    [
        ("ALTO", "en", "es"),
        ("ayuda", "en", "es"),
        ("No me manden más mensajes", "en", "es"),
        ("¿Dónde están?", "en", "es"),
        ("Hola, necesito cambiar la hora", "en", "es"),
        ("STOP", "es", "es"),
        ("HELP", "es", "es"),
        ("START", "es", "es"),
        ("ok", "es", "es"),
        ("STOP", "en", "en"),
        ("Where do I park at Los Angeles Street?", "en", "en"),
    ],
)
def test_answer_goes_in_the_language_of_the_words_or_of_what_we_last_wrote(body, wrote_in, language):
    waiting(language=wrote_in)

    assert answer_to(body).language == language


def test_number_whose_messages_are_gone_is_answered_in_the_language_of_its_consent():
    agreed(language="es")

    assert answer_to("HELP").language == "es"


def test_unknown_number_that_says_nothing_spanish_is_answered_in_english():
    assert answer_to("HELP").language == "en"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("ALTO", "MKWI Care: ya no recibira más mensajes de texto. Responda START para volver a recibirlos."),
        ("START", "MKWI Care: vuelve a recibir mensajes de citas. "),
        ("AYUDA", "MKWI Care: para ayuda llame al (612) 555-0100. "),
        (
            "Hola, llego tarde",
            "MKWI Care: este número no atiende emergencias. Llame al 911 o al 988 (oprima 2 para español).",
        ),
    ],
)
def test_answers_in_spanish_read_like_this(twilio, body, said):
    agreed(language="es")

    answer = answer_to(body)
    delivery.deliver(answer.pk)

    answer.refresh_from_db()
    plain = said.translate(str.maketrans("áíóú", "aiou"))
    assert answer.body_text.startswith(plain)
    assert lint.text_message_problems(answer.body_text, brand="MKWI Care") == []


def test_start_writes_the_language_into_the_ledger():
    agreed(language="es")
    answer_to("ALTO")

    answer_to("START")

    assert Consent.objects.order_by("-id").values_list("status", "language").first() == ("granted", "es")


@pytest.mark.parametrize("body", ["Sí", "SI", "Confirmo", "sí, confirmo", "Confirmado, gracias"])
def test_yes_in_spanish_confirms(body):
    assert keyword_of(body, is_stopped=False) == Keyword.CONFIRM


@pytest.mark.parametrize(
    "body",
    ["SALIR", "Pare por favor", "Ya no quiero recibir mensajes", "Quiero darme de baja", "Sáquenme de la lista", "fin", "persona equivocada"],
)  # fmt: skip
def test_stop_in_more_spanish(body):
    assert (keyword_of(body, is_stopped=False), is_spanish(body)) == (Keyword.STOP, True)


@pytest.mark.parametrize(
    ("body", "may_be"),
    [
        ("Gracias, tengo una cita para mañana", False),
        ("¿Hay lugar para mi esposa?", False),
        ("Para ya", True),
        ("para", True),
        ("¿Quién es?", True),
        ("Elimíneme", True),
    ],
)
def test_a_spanish_for_is_no_stop(body, may_be):
    assert (keyword_of(body, is_stopped=False), may_mean_stop(body)) == (None, may_be)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MKWI Care: su infusión de ketamina", ["clinical word: infusión", "clinical word: ketamina"]),
        ("MKWI Care: depresion y ansiedad", ["clinical word: ansiedad", "clinical word: depresion"]),
        ("MKWI Care: su tratamiento con psiquiatría", ["clinical word: psiquiatría", "clinical word: tratamiento"]),
        (
            "MKWI Care: síntomas, dosis, terapia",
            ["clinical word: dosis", "clinical word: síntomas", "clinical word: terapia"],
        ),
        ("MKWI Care: Responda CANCELAR para cancelar", ["asks for an answer that is an opt-out word"]),
        ("MKWI Care: envíe la palabra ALTO", ["asks for an answer that is an opt-out word"]),
        ("MKWI Care: responda STOP para salir. Su cita con otro profesional clínico", []),
    ],
)
def test_linter_knows_spanish(text, found):
    assert lint.problems(text, brand="MKWI Care") == found


@pytest.mark.parametrize("written", ["en", "es"])
@pytest.mark.parametrize("chosen", ["", "en", "es"])
def test_unsubscribe_page_speaks_the_e_mails_language_unless_another_was_chosen(client, written, chosen):
    page = f"/unsubscribe/{links.token_for('unsubscribe', waiting(Channel.EMAIL, language=written).pk)}/"
    if chosen:
        client.cookies["language"] = chosen

    seen, done = client.get(page), client.post(page)

    language = chosen or written
    assert {seen["Content-Language"], done["Content-Language"]} == {language}
    assert ("Su cita sigue como está" in done.content.decode()) is (language == "es")


def test_staff_see_in_which_language_a_message_went(client):
    roles.sync_roles()
    desk = User.objects.create_user("desk@clinic.example", "x")
    desk.groups.add(roles.Group.objects.get(name="Manager"))
    client.force_login(desk)
    row = waiting(language="es")
    text = inbound.receive_text(provider_id="SM1", address=PHONE, body="ok")

    page = client.get(reverse("notifications:conversation", args=[text.pk])).content.decode()

    assert "This person gets our messages in Spanish." in page
    assert "Waiting in Spanish" in page
    (line,) = happenings.messages_about([row.subject_ref], newest=5)
    assert "text in Spanish to +16125550123" in line.words


def test_editor_says_when_the_english_words_were_changed_after_the_spanish_ones(client):
    roles.sync_roles()
    by = User.objects.create_user("manager@clinic.example", "x")
    by.groups.add(roles.Group.objects.get(name="Manager"))
    client.force_login(by)
    place = Place(kind=kinds.kind_named("scheduling.booked"), channel=Channel.SMS, language="es", is_discreet=False)
    address = reverse("notifications:template", args=["scheduling.booked", "sms", "es", "plain"])
    behind, shipped = "The English words were changed after these", wording.shipped(place).body

    before = client.get(address).content.decode()
    wording.save(replace(place, language="en"), Words(body="{brand}: park behind, {when}. STOP to end"), by=by)
    after, listed = (client.get(page).content.decode() for page in (address, reverse("notifications:templates")))
    wording.save(place, Words(body="{brand}: estacione atrás, {when}. STOP para salir"), by=by)
    mended = client.get(address).content.decode()

    assert [behind in page for page in (before, after, mended)] == [False, True, False]
    assert ("park behind" in after, listed.count("Check it: the English words were changed since")) == (True, 1)
    assert shipped == "{brand}: cita {when}. {visit_link} Tel {phone} STOP para salir"
    assert "GSM-7, 73 places, 1 part" in mended


def test_a_spanish_message_goes_with_the_shipped_spanish_words_when_only_english_was_changed(twilio):
    by = User.objects.create_user("manager@clinic.example", "x")
    place = Place(kind=kinds.kind_named("scheduling.booked"), channel=Channel.SMS, language="en", is_discreet=False)
    wording.save(place, Words(body="{brand}: park behind, {when}. STOP to end"), by=by)
    rows = [
        waiting(kind="scheduling.booked", context=dict(place.kind.sample), language=code, occurrence=code)
        for code in ("en", "es", "so")
    ]

    for row in rows:
        delivery.deliver(row.pk)
        row.refresh_from_db()

    assert [row.body_text.partition("1 dic")[0].partition("Dec 1")[0] for row in rows] == [
        "MKWI Care: park behind, Tue ",
        "MKWI Care: cita mar ",
        "MKWI Care: park behind, Tue ",
    ]
