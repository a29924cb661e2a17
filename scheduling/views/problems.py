"""What is wrong with a sent page: the lines of the error summary, and the same words beside the question."""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.forms import BookTimeForm

DAY, TIME, MODE = "day-1", "time-1-1", "mode-1"  # the first control of each question
QUESTIONS = {DAY: "day_errors", TIME: "time_errors", MODE: "mode_errors"}


@dataclass(frozen=True)
class Problem:
    """A line of the error summary, and the control it leads to: the first time unless said otherwise."""

    text: str
    control: str = TIME


def problems(form: BookTimeForm) -> list[Problem]:
    """What is wrong with a sent form, in the order of the page, each text once."""
    found = [
        Problem(str(text), MODE if name == "mode" else TIME) for name, texts in form.errors.items() for text in texts
    ]
    return sorted(dict.fromkeys(found), key=lambda problem: problem.control == MODE)


def beside(errors: Sequence[Problem]) -> dict[str, list[str]]:
    """The texts that stand beside each question, under the names that the templates use."""
    return {name: [error.text for error in errors if error.control == control] for control, name in QUESTIONS.items()}
