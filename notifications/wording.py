"""Staff's own words for a message: what may stand in them, the linter at save, which words stand now."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.utils import timezone, translation

from clinic import languages, links
from clinic.models import ClinicProfile, User
from notifications import gsm7, kinds, lint, rendering
from notifications.errors import WordingError
from notifications.models import Channel, Message, MessageTemplate
from notifications.rendering import Text, Words

# Wednesday and AKST take the most places; a sample on a shorter day would let words through that do not fit.
LONGEST_MOMENT = {"en": "Wed Nov 18, 10:00 AM AKST", "es": "mié 18 nov, 10:00 a. m. AKST"}
MOMENTS = ("when", "near", "until")
DISCREET = {"brand", "phone", "when", "day", "time"}
SAMPLE_UNSUBSCRIBE = "[[link:unsubscribe:00000000-0000-4000-8000-000000000000]]"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which words: of which kind, on which channel, in which language, plain or discreet."""

    kind: kinds.Kind
    channel: Channel
    language: str
    is_discreet: bool


def names_for(place: Place) -> dict[str, str]:
    """The names that may stand in braces, each with its sample.

    The discreet form knows brand, time, phone, links, and what its shipped words name.
    """
    named = {name: links.example(value) for name, value in rendering.named_values(_sample(place)).items()}
    if place.is_discreet:
        words = shipped(place)
        allowed = DISCREET | set(rendering.NAME.findall(words.body + words.subject))
        named = {name: value for name, value in named.items() if name in allowed or name.endswith("link")}
    return dict(sorted(named.items()))


def shipped(place: Place) -> Words:
    """The words of the product itself, with names in braces."""
    sample = _sample(place, ClinicProfile())  # only names and kinds of values count here
    values = {name: f"{{{name}}}" if isinstance(value, str) else value for name, value in sample.items()}
    values |= {"mode": "", "how": "{where}" if "mode" in values else ""}
    phone = SimpleNamespace(as_national="{phone}", as_rfc3966="")
    clinic: Any = SimpleNamespace(message_brand="{brand}", phone=phone, address="")
    text = _written(place, values, clinic)
    return Words(body=text.body.partition("\n--\n")[0].strip(), subject=text.subject)


def standing(*, kind: str, channel: str, language: str, is_discreet: bool) -> Words | None:
    """Staff's words for a message in the language it goes in; None where the shipped ones of that language stand."""
    spoken = rendering.spoken(language)
    lines = MessageTemplate.objects.filter(kind=kind, channel=channel, is_discreet=is_discreet, language=spoken)
    line = lines.order_by("id").last()
    return Words(body=line.words, subject=line.subject) if line is not None and not line.is_reset else None


def current(place: Place) -> Words:
    """What stands now: staff's words, else the shipped ones."""
    own = standing(kind=place.kind.name, channel=place.channel, language=place.language, is_discreet=place.is_discreet)
    return own or shipped(place)


def is_behind(own: MessageTemplate | None, english: MessageTemplate | None) -> bool:
    """Whether staff changed the English words after these: what they added is missing in this language."""
    changed_at = None if english is None or english.is_reset else english.saved_at
    return languages.is_behind(own.saved_at if own else None, changed_at)


def preview(place: Place, words: Words | None) -> Text:
    """The message as it would look with the sample values. Raises WordingError for a name it does not know."""
    try:
        text = _written(
            place,
            longest(place, _sample(place)),
            ClinicProfile.current(),
            unsubscribe_link=SAMPLE_UNSUBSCRIBE if place.channel == Channel.EMAIL else "",
            words=words,
        )
    except rendering.UnknownNameError as error:
        raise WordingError(f"There is no {{{error}}} in this message") from error
    return Text(body=links.example(text.body), subject=text.subject, html=links.example(text.html))


def longest(place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with every moment at its longest in the place's language."""
    return {name: LONGEST_MOMENT[place.language] if name in MOMENTS else value for name, value in values.items()}


def problems(place: Place, words: Words) -> list[str]:
    """Why these words may not be saved; nothing when they may."""
    unknown = sorted(set(rendering.NAME.findall(words.body + words.subject)) - set(names_for(place)))
    if unknown:
        return [f"Unknown or not allowed here: {{{name}}}" for name in unknown]
    brand = ClinicProfile.current().message_brand
    text = preview(place, words)
    if place.channel == Channel.SMS:
        found = [*lint.text_message_problems(text.body, brand=brand), *lint.link_problems(words.body)]
        found += [f"cannot stand in a text: {char}" for char in sorted(_lost(words.body))]
        if "STOP" in shipped(place).body and "STOP" not in text.body:
            found.append("does not say how to end texts: STOP")
        return found
    said = f"{words.subject} {words.body}"
    found = [*lint.problems(rendering_only(text, said), brand=brand), *lint.link_problems(said)]
    return found if text.subject.strip() else [*found, "has no subject"]


def rendering_only(text: Text, said: str) -> str:
    """What the linter reads of an e-mail: staff's words, and the finished letter for the brand."""
    return f"{said} {text.subject} {text.body}"


def save(place: Place, words: Words, *, by: User) -> MessageTemplate:
    """Put these words in place of what stands. Raises WordingError with every reason why not."""
    found = problems(place, words)
    if found:
        raise WordingError("; ".join(found))
    return _add(place, by, words=words.body, subject=words.subject)


def reset(place: Place, *, by: User) -> MessageTemplate:
    """Bring the shipped words back."""
    return _add(place, by, is_reset=True)


def history(place: Place) -> list[MessageTemplate]:
    """Who saved what when, newest first."""
    lines = MessageTemplate.objects.filter(
        kind=place.kind.name, channel=place.channel, language=place.language, is_discreet=place.is_discreet
    )
    return list(lines.select_related("saved_by").order_by("-id")[:20])


def words_for(message: Message, known: dict[tuple[str, str, str, bool], Words | None]) -> Words | None:
    """Staff's words for a row that is being written now; `known` keeps them for the next row of its batch."""
    key = (message.kind, message.channel, message.language, message.is_discreet)
    if key not in known:
        kind, channel, language, is_discreet = key
        known[key] = standing(kind=kind, channel=channel, language=language, is_discreet=is_discreet)
    return known[key]


def _lost(body: str) -> set[str]:
    """Signs that no phone alphabet has and that would go without a word; accents are only made plain."""
    return {char for char in gsm7.outside(body) if not gsm7.fitted(char) and not char.isspace()}


def _add(place: Place, by: User, **fields: Any) -> MessageTemplate:
    return MessageTemplate.objects.create(
        kind=place.kind.name,
        channel=place.channel,
        language=place.language,
        is_discreet=place.is_discreet,
        saved_by=by,
        saved_at=timezone.now(),
        **fields,
    )


def _sample(place: Place, profile: ClinicProfile | None = None) -> dict[str, Any]:
    """The kind's sample with everything that its words may name, in the place's language."""
    with translation.override(place.language):
        return rendering.values_for(place.kind, place.kind.sample, profile or ClinicProfile.current())


def _written(place: Place, values: Mapping[str, Any], clinic: ClinicProfile, **how: Any) -> Text:
    """The message with exactly these values: no fact is put into words again."""
    bare = kinds.Kind(name=place.kind.name, label=place.kind.label, template=place.kind.template)
    return rendering.render(
        bare,
        channel=place.channel,
        is_discreet=place.is_discreet,
        context=values,
        profile=clinic,
        language=place.language,
        **how,
    )
