"""The form of one page of questions: one question, or the whole list. Reads what can be read, whatever else is wrong."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.headings import Heading
from clinic.languages import ENGLISH
from clinic.numbers import whole_number
from intake.screening import fields
from intake.screening.items import Answers, Question
from intake.screening.tongues import lang_attribute

MOST_ROWS = 30
NOT_BOTH = _("You wrote an answer and ticked “Prefer not to answer”. Remove one or the other")
ROW_NAMES = {"medicine": _("Medicine")}  # what a line is, by the word with which its linkIds begin


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What cannot be true: a day after `today`; the first of `exceeding` not above the second.

    `others` are answers to questions that are not on the page, as far as they may be compared here.
    """

    today: dt.date | None = None
    exceeding: Sequence[tuple[str, str]] = ()
    others: Answers = field(default_factory=dict)


LINE = _("Line")


@dataclass(frozen=True)
class ShownQuestion:
    """One question as a template shows it."""

    question: Question
    field: BoundField | None
    refusal: BoundField | None
    row_count: BoundField | None = None
    rows: tuple[tuple[str, tuple[BoundField, ...]], ...] = ()
    row_name: Any = LINE
    lang: str = ""


def field_name(question: Question) -> str:
    """Neutral: tells nothing about what is asked."""
    return f"q{question.number}"


class ItemsForm(forms.Form):
    """Asks `questions`. `known` are entries that may be shown again; `is_single` makes the question the page's h1.

    After `is_valid()`, whatever it says, `entries()` holds what was answered properly.
    """

    use_required_attribute = False

    def __init__(
        self,
        questions: Sequence[Question],
        typed: QueryDict | None = None,
        *,
        known: Answers | None = None,
        is_single: bool = False,
        spare_rows: int = 0,
        limits: Limits | None = None,
        language: str = ENGLISH,
    ) -> None:
        super().__init__(typed)
        self.language = language
        self.limits = limits or Limits()
        self.questions, self.is_single, self.spare_rows = list(questions), is_single, spare_rows
        self.known: Answers = known or {}
        for question in self.questions:
            (self._add_rows if question.columns else self._add_field)(question)

    def _label(self, question: Question) -> Heading | None:
        if not self.is_single:
            return None
        return Heading(question.text, stem=question.stem, lang=lang_attribute(self.language))

    def _add_field(self, question: Question) -> None:
        name, entry = field_name(question), self.known.get(question.link_id)
        self.fields[name] = fields.field_of(question, label=self._label(question), language=self.language)
        if not self.is_single:
            self.fields[name].error_messages["required"] = gettext(
                "%(question)s: select an answer, or select “Prefer not to answer”"
            ) % {"question": Truncator(question.text).chars(40)}
        self.initial[name] = fields.initial_of(question, entry)
        self._refuse_days_to_come(name)
        if fields.has_own_refusal(question):
            self._add_refusal(question)

    def _add_refusal(self, question: Question) -> None:
        name, entry = f"{field_name(question)}-no", self.known.get(question.link_id, {})
        self.fields[name] = forms.BooleanField(label=fields.DECLINED_TEXT, required=False)
        self.initial[name] = bool(entry.get("absent"))

    def _refuse_days_to_come(self, name: str) -> None:
        asked, today = self.fields[name], self.limits.today
        if isinstance(asked, fields.ItemDateField) and today is not None:
            asked.today = today.isoformat()

    def _add_rows(self, question: Question) -> None:
        name = field_name(question)
        known = self.known.get(question.link_id, {}).get("rows", [])
        self.fields[f"{name}-rows"] = forms.CharField(required=False, widget=forms.HiddenInput)
        count = self._row_count(f"{name}-rows", max(len(known) + self.spare_rows, 1))
        self.initial[f"{name}-rows"] = count
        for place in range(count):
            row = known[place] if place < len(known) else {}
            for column in question.columns:
                cell = f"{name}-{place}-{column.number}"
                self.fields[cell] = fields.field_of(column, is_column=True, language=self.language)
                self._refuse_days_to_come(cell)
                self.initial[cell] = fields.initial_of(column, row.get(column.link_id))
        self._add_refusal(question)

    def _row_count(self, name: str, otherwise: int) -> int:
        text = self.data.get(name, "") if self.is_bound else ""
        count = whole_number(text, digits=2)
        return min(max(otherwise if count is None else count, 1), MOST_ROWS)

    def clean(self) -> dict[str, Any]:
        """What one field means for another."""
        for question in self.questions:
            if question.columns:
                self._check_rows(question)
            elif fields.has_own_refusal(question):
                self._check_refusal(question)
        for larger, smaller in self.limits.exceeding:
            self._check_exceeding(larger, smaller)
        return self.cleaned_data

    def _check_exceeding(self, larger: str, smaller: str) -> None:
        """Two numbers of which one must be above the other, as in a blood pressure: say so beside the later one."""
        asked = {question.link_id: question for question in self.questions}
        values = [self._number(link_id, asked.get(link_id)) for link_id in (larger, smaller)]
        here = asked.get(smaller) or asked.get(larger)
        if here is None or None in values or values[0] > values[1]:
            return
        other = self.limits.others.get(larger if here.link_id == smaller else smaller, {})
        words = other.get("question") or asked[larger].text
        error = (
            gettext("This number must be below the other one. Check both: “%(question)s”")
            if here.link_id == smaller
            else gettext("This number must be above the other one. Check both: “%(question)s”")
        )
        self.add_error(field_name(here), error % {"question": words})

    def _number(self, link_id: str, question: Question | None) -> Any:
        if question is not None:
            value = self.cleaned_data.get(field_name(question))
            return None if value in ("", None) else value
        return fields.initial_of_number(self.limits.others.get(link_id))

    def _check_refusal(self, question: Question) -> None:
        name = field_name(question)
        if name in self.errors:
            return
        is_empty, is_declined = self.cleaned_data.get(name) in {"", None}, self.cleaned_data[f"{name}-no"]
        if not is_empty and is_declined:
            self.add_error(name, NOT_BOTH)
        elif is_empty and not is_declined and question.is_required:
            self.add_error(name, fields.WRITE)

    def _check_rows(self, question: Question) -> None:
        name = field_name(question)
        for place, cells in enumerate(self._cells(question)):
            typed = [cell for cell in cells.values() if self.cleaned_data.get(cell) not in ("", None, [])]
            for column in question.columns:
                cell = cells[column.link_id]
                if typed and column.is_required and cell not in typed and cell not in self.errors:
                    error = gettext("%(column)s, line %(line)s: fill in this line, or leave all of it empty")
                    self.add_error(cell, error % {"column": column.text, "line": place + 1})
            if typed and self.cleaned_data[f"{name}-no"] and f"{name}-no" not in self.errors:
                self.add_error(f"{name}-no", NOT_BOTH)

    def _cells(self, question: Question) -> list[dict[str, str]]:
        """The field names of each row, by the linkId of the column."""
        name = field_name(question)
        count = len({field for field in self.fields if field.startswith(f"{name}-") and field[-2:] == "-1"})
        return [
            {column.link_id: f"{name}-{place}-{column.number}" for column in question.columns} for place in range(count)
        ]

    def entries(self, *, without_row: str = "") -> dict[str, dict[str, Any]]:
        """What was answered properly, by linkId. `without_row` (`q3-1`) names a line to leave out."""
        self.is_valid()
        found = {}
        for question in self.questions:
            entry = self._rows_entry(question, without_row) if question.columns else self._entry(question)
            if entry is not None:
                found[question.link_id] = entry
        return found

    def _entry(self, question: Question) -> dict[str, Any] | None:
        name = field_name(question)
        if name in self.errors or name not in self.cleaned_data:
            return None
        return fields.entry_of(
            question, self.cleaned_data[name], declined=bool(self.cleaned_data.get(f"{name}-no", False))
        )

    def _rows_entry(self, question: Question, without_row: str) -> dict[str, Any] | None:
        name = field_name(question)
        rows = []
        for place, cells in enumerate(self._cells(question)):
            values = {link_id: self.cleaned_data.get(cell) for link_id, cell in cells.items()}
            if f"{name}-{place}" == without_row or not any(value not in ("", None, []) for value in values.values()):
                continue
            rows.append(
                {
                    column.link_id: fields.entry_of(column, values[column.link_id])
                    for column in question.columns
                    if values[column.link_id] not in ("", None, [])
                }
            )
        is_wrong = any(cell in self.errors for cells in self._cells(question) for cell in cells.values())
        if f"{name}-no" in self.errors or (is_wrong and not rows):
            return None
        return fields.rows_entry(question, rows, declined=self.cleaned_data[f"{name}-no"])

    def shown(self) -> list[ShownQuestion]:
        """The questions for a template, each with its fields."""
        return [self._shown(question) for question in self.questions]

    def _shown(self, question: Question) -> ShownQuestion:
        name = field_name(question)
        refusal = self[f"{name}-no"] if fields.has_own_refusal(question) else None
        if not question.columns:
            return ShownQuestion(question, self[name], refusal, lang=lang_attribute(self.language))
        rows = tuple(
            (f"{name}-{place}", tuple(self[cell] for cell in cells.values()))
            for place, cells in enumerate(self._cells(question))
        )
        return ShownQuestion(
            question, None, refusal, self[f"{name}-rows"], rows, _row_name(question), lang_attribute(self.language)
        )


def _row_name(question: Question) -> Any:
    """What a line is, by the word with which the linkIds of its columns begin, as in `medicine-name`."""
    words = {column.link_id.partition("-")[0] for column in question.columns}
    return ROW_NAMES.get(words.pop(), LINE) if len(words) == 1 else LINE
