"""What a text that came in asks for: STOP, START, HELP or a person's reading (clinical.md 5.3).

Words count whatever their case, spaces and signs, also with a polite word around them. Sentences that
a reasonable person reads as "stop" count as well: 47 CFR 64.1200(a)(10).
"""

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    """What we do at once, without a person."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"  # the desk that wrote the reminder reads these


STOP_WORDS = frozenset(
    [
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "optout",
        "revoke",
        "remove",
        "arret",
        "td",
    ]
)
SPANISH_STOP_WORDS = frozenset(
    ["alto", "parar", "pare", "paren", "cancelar", "nomas", "basta", "detener", "salir", "baja", "terminar", "fin"]
)
START_WORDS = frozenset({"start", "unstop"})
YES_WORDS = frozenset({"yes"})  # START only from a number that stopped; else the answer to a reminder
SPANISH_CONFIRM_WORDS = frozenset({"si", "confirmo", "confirmar", "confirmado", "confirmada", "siconfirmo"})
CONFIRM_WORDS = frozenset({"c", "confirm", "confirmed", "iconfirm"}) | YES_WORDS | SPANISH_CONFIRM_WORDS
HELP_WORDS = frozenset({"help", "info", "ayuda"})
POLITE = frozenset(
    ["please", "pls", "plz", "thanks", "thankyou", "thank", "you", "ty", "now", "gracias", "porfavor", "por", "favor"]
)
STOP_SENTENCE = re.compile(
    r"\b(?:stop|quit) (?:\w+ ){0,2}?(?:text|texts|texting|messag\w*|contacting|sending|sms)\b"
    r"|\b(?:do not|dont|don t|never) (?:text|message|contact|sms)\b"
    r"|\b(?:take|remove) (?:me|my number) (?:off|from)\b|\bremove me\b|\bopt (?:me )?out\b|\bunsubscribe me\b"
    r"|\bwrong (?:number|person)\b|\bleave me alone\b|\bno more (?:texts|messages|sms)\b"
)
SPANISH_STOP_SENTENCE = re.compile(
    r"\b(?:dejen?|deja) de (?:enviar\w*|mandar\w*|escribir\w*|contactar\w*|textear\w*)\b"
    r"|\bno me (?:env\w+|mand\w+|escrib\w+|contact\w+|text\w+)\b|\bno mas (?:textos|mensajes|sms)\b"
    r"|\b(?:ya )?no (?:quiero|deseo) (?:recibir )?(?:mas |sus )?(?:textos|mensajes|sms)\b"
    r"|\bdar(?:me|nos)? de baja\b|\b(?:quite|saque|borre|elimine)n?me de (?:la|su) lista\b"
    r"|\bnumero equivocado\b|\bpersona equivocada\b|\bdejen?me en paz\b"
)
# Words that English texts do not hold; two of them are enough to tell.
SPANISH_WORDS = frozenset(
    [
        "hola",
        "gracias",
        "cita",
        "hora",
        "para",
        "por",
        "favor",
        "necesito",
        "quiero",
        "puedo",
        "puede",
        "tengo",
        "estoy",
        "esta",
        "soy",
        "el",
        "los",
        "las",
        "una",
        "que",
        "como",
        "cuando",
        "donde",
        "manana",
        "hoy",
        "tarde",
        "ayuda",
        "llamar",
        "llame",
        "mi",
        "su",
        "con",
        "del",
        "pero",
        "muy",
        "buenos",
        "buenas",
        "dias",
        "tardes",
        "si",
        "porque",
        "quien",
    ]
)
SPANISH_ENOUGH = 2
# "Don't stop" asks for the opposite, and a question is not a wish: a person reads those.
TURNED_ROUND = re.compile(r"\b(?:do not|dont|don t|never|no) (?:stop|quit|dejen?|pare\w*)\b")
MAY_MEAN_STOP = re.compile(
    r"\b(?:stop\w*|unsub\w*|cancel\w*|quit\w*|revoke\w*|remove\w*|opt(?:ing)? ?out|opted out|alto|parar|pare|paren|basta|baja|denunci\w+|demand\w+|abogad\w+|bloque\w+"
    r"|quien (?:es|eres|escribe)|elimin\w+me|saqu\w+me|ya no"
    r"|^(?:ya )?para$|^para (?:ya|esto|de)"  # elsewhere it means "for"
    r"|spam|harass\w*|block(?:ed|ing)?|delete (?:me|my)|lose (?:my|this) number|who is this|who are you|who dis"
    r"|not interested|no longer interested|no (?:thanks|thank you|gracias)|go away|enough|report you|lawyer|sue"
    r"|(?:do not|dont|don t|never|no longer) (?:want|wish|need|send|write|call)|no quiero|no (?:me )?interesa|quite(?:n)?me|borr\w+me"
    r"|no mas|no more|never (?:signed|agreed|asked)|did not (?:sign|agree|ask)|didnt (?:sign|agree|ask))\b"
)


def may_mean_stop(body: str) -> bool:
    """Whether a text that is no keyword might ask us to stop: a person decides, and until then nothing is sent.

    Wide on purpose: a text too many for a person costs a minute, one sent against a wish costs more.
    """
    return MAY_MEAN_STOP.search(" ".join(_words(body))) is not None


def keyword_of(body: str, *, is_stopped: bool) -> Keyword | None:
    """What the text asks for; None when a person must read it. `is_stopped`: whether the number stands stopped."""
    bare, sentence = _bare(body), " ".join(_words(body))
    says_stop = STOP_SENTENCE.search(sentence) or SPANISH_STOP_SENTENCE.search(sentence)
    if bare in STOP_WORDS | SPANISH_STOP_WORDS or (says_stop and not TURNED_ROUND.search(sentence)):
        return Keyword.STOP
    if bare in START_WORDS or (is_stopped and bare in YES_WORDS):
        return Keyword.START
    if bare in HELP_WORDS:
        return Keyword.HELP
    if bare in CONFIRM_WORDS:
        return Keyword.CONFIRM
    return None


def is_spanish(body: str) -> bool:
    """Whether somebody plainly wrote Spanish. STOP, START, HELP and C tell nothing: our Spanish texts name them too."""
    known = SPANISH_STOP_WORDS | SPANISH_CONFIRM_WORDS | {"ayuda"}
    if _bare(body) in known or SPANISH_STOP_SENTENCE.search(" ".join(_words(body))) or re.search("[¿¡ñ]", body[:500]):
        return True
    return len(SPANISH_WORDS.intersection(_words(body))) >= SPANISH_ENOUGH


def _bare(body: str) -> str:
    """The text as one word, without signs and politeness."""
    words = _words(body)
    return "".join(word for word in words if word not in POLITE) or "".join(words)


def _words(body: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", body[:500]).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)
