"""What to say when somebody on the phone asks about costs and insurance: the clinic's own public texts."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from clinic.content import texts
from clinic.models import ClinicProfile

COST, QUESTIONS = "cost", "faq"
HEADING = "## "


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A question as a caller asks it, and the words of the public site for it, as safe HTML."""

    question: str
    words: SafeString


def answers(profile: ClinicProfile) -> list[Answer]:
    """What it costs first, then each question of the public page; two queries. A text without headings is one answer."""
    cost, asked = texts.text_of(COST), texts.text_of(QUESTIONS)
    found = [(cost.title, f"{cost.lede}\n\n{cost.body}")]
    for part in f"\n{asked.body}".split(f"\n{HEADING}")[1:] or [f"{asked.title}\n{asked.body}"]:
        question, _, words = part.partition("\n")
        found.append((question.strip(), words))
    return [
        Answer(question=texts.filled(question, profile), words=texts.to_html(texts.filled(words.strip(), profile)))
        for question, words in found
    ]
