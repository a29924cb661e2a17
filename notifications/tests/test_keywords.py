import pytest

from notifications.keywords import Keyword, keyword_of


@pytest.mark.parametrize(
    "body",
    [
        "STOP", "stop", " Stop. ", "STOP!", "S T O P", "stop please", "Please stop", "STOPALL", "Stop all", "UNSUBSCRIBE",
        "CANCEL", "cancel, thanks", "END", "QUIT", "OPTOUT", "opt out", "OPT-OUT", "REVOKE", "REMOVE", "ARRET", "arrêt",
        "TD", "ALTO", "PARAR", "CANCELAR", "NO MAS", "no más", "BASTA", "please stop texting me", "Stop sending me messages",
        "take me off your list", "wrong number", "Don't text me again", "don\u2019t text me", "do not contact me", "Leave me alone",
        "please remove me", "no more texts",
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
        ("YES", False, None),
        ("HELP", False, Keyword.HELP),
        ("info?", False, Keyword.HELP),
        ("Ayuda", False, Keyword.HELP),
        ("C", False, None),
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
