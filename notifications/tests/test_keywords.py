import pytest

from notifications.keywords import Keyword, keyword_of, may_mean_stop


@pytest.mark.parametrize(
    "body",
    [
        "STOP", "stop", " Stop. ", "STOP!", "S T O P", "stop please", "Please stop", "STOPALL", "Stop all", "UNSUBSCRIBE",
        "CANCEL", "cancel, thanks", "END", "QUIT", "OPTOUT", "opt out", "OPT-OUT", "REVOKE", "REMOVE", "ARRET", "arrêt",
        "TD", "ALTO", "PARAR", "CANCELAR", "NO MAS", "no más", "BASTA", "please stop texting me", "Stop sending me messages",
        "take me off your list", "wrong number", "Don't text me again", "don\u2019t text me", "do not contact me", "Leave me alone",
        "please remove me", "no more texts",
        "¡Alto!", "Basta ya no me escriban", "deje de enviar mensajes", "No me manden más textos", "número equivocado", "parar por favor",
    ],
)  # fmt: skip
def test_stop_in_every_form(body):
    assert keyword_of(body, is_stopped=False) == Keyword.STOP


@pytest.mark.parametrize(
    ("body", "is_stopped", "keyword"),
    [
        ("START", False, Keyword.START),
        ("unstop", True, Keyword.START),
        ("YES", True, Keyword.START),
        ("Yes please", True, Keyword.START),
        ("YES", False, Keyword.CONFIRM),
        ("HELP", False, Keyword.HELP),
        ("info?", False, Keyword.HELP),
        ("Ayuda", False, Keyword.HELP),
        ("C", False, Keyword.CONFIRM),
        ("c.", True, Keyword.CONFIRM),
        ("Confirm, thanks!", False, Keyword.CONFIRM),
        ("C u later", False, None),
        ("", False, None),
        ("👍", False, None),
        ("please", False, None),
        ("I need help with my form", False, None),
        ("Can I start earlier?", False, None),
        ("I want to cancel my appointment on Tuesday", False, None),
        ("The bus stop is far, can we do video?", False, None),
        ("x" * 100_000, False, None),
    ],
)
def test_other_texts(body, is_stopped, keyword):
    assert keyword_of(body, is_stopped=is_stopped) == keyword


@pytest.mark.parametrize(
    "body",
    [
        "I want to cancel my appointment on Tuesday", "The bus stop is far, can we do video?", "Who is this?", "No thanks",
        "not interested", "I never signed up for this", "enough already", "No quiero", "Please don't stop texting me",
        "I will report you", "Can you delete my number", "don\u2019t want these",
    ],
)  # fmt: skip
def test_wording_that_may_mean_stop_is_for_a_person(body):
    assert (keyword_of(body, is_stopped=False), may_mean_stop(body)) == (None, True)


@pytest.mark.parametrize(
    "body", ["I am late", "Where do I park?", "C", "Yes", "See you at 3", "", "gracias", "x" * 100_000]
)
def test_plain_texts_do_not_pause(body):
    assert may_mean_stop(body) is False
