"""From a question to form fields, and from what was typed to an entry (see `items`). Pure: no database, no clock.

Nothing is ever selected beforehand. Each question can be left to "Prefer not to answer", which is kept as the
coded reason `asked-declined`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clinic.languages import ENGLISH
from intake import typed_text
from intake.screening.date_boxes import DateBoxesField, date_text
from intake.screening.items import DECLINED, Entry, Question
from intake.screening.tongues import in_language

DECLINED_KEY = "-declined"
DECLINED_TEXT = _("Prefer not to answer")
YES_NO = (("true", pgettext_lazy("answer", "Yes")), ("false", pgettext_lazy("answer", "No")))
LINE_LENGTH = 200
TEXT_LENGTH = 1000
LONGEST_NUMBER = 20
CHOOSE = _("Select an answer, or select “Prefer not to answer”")
WRITE = _("Write an answer, or tick “Prefer not to answer”")
FROM_LIST = _("Select from the list")


class LineField(forms.CharField):
    """Text as it can be stored; `limit` characters."""

    def __init__(self, *, limit: int, has_lines: bool, **kwargs: Any) -> None:
        self.limit, self.has_lines = limit, has_lines
        rows = {"rows": 5, "data-limit": limit}
        widget = forms.Textarea(attrs=rows) if has_lines else forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(widget=widget, strip=False, **kwargs)

    def to_python(self, value: Any) -> str:
        """NFC, without control characters."""
        text = typed_text.many_lines(typed_text.storable(super().to_python(value) or ""))
        if not self.has_lines:
            text = " ".join(text.split())
        if len(text) > self.limit:
            most, used = f"{self.limit:,}", f"{len(text):,}"
            raise ValidationError(
                gettext("Use %(most)s characters or fewer. You used %(used)s") % {"most": most, "used": used}
            )
        return text if typed_text.is_visible(text) else ""


class NumberField(forms.CharField):
    """A number typed by a person: whole unless `is_decimal`, between `least` and `most`."""

    def __init__(self, *, is_decimal: bool, least: Any, most: Any, **kwargs: Any) -> None:
        self.is_decimal, self.least, self.most = is_decimal, least, most
        mode = "decimal" if is_decimal else "numeric"
        attrs = {"inputmode": mode, "autocomplete": "off", "class": "input-short"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Any:
        """An int, a Decimal, or "" when nothing was typed."""
        text = (super().to_python(value) or "").replace(",", "")
        if not text:
            return ""
        digits = text.removeprefix("-").replace(".", "", 1 if self.is_decimal else 0)
        if not (digits.isascii() and digits.isdigit() and len(text) <= LONGEST_NUMBER):
            raise ValidationError(
                gettext("Write a number, for example 2.5") if self.is_decimal else gettext("Write a whole number")
            )
        number: Any = Decimal(text) if self.is_decimal else int(text)
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            raise ValidationError(_range_text(self.least, self.most))
        return number


def _range_text(least: Any, most: Any) -> str:
    if least is not None and most is not None:
        return gettext("Enter a number from %(least)s to %(most)s") % {"least": least, "most": most}
    if least is not None:
        return gettext("Enter %(least)s or more") % {"least": least}
    return gettext("Enter %(most)s or less") % {"most": most}


class ItemDateField(DateBoxesField):
    """A date within the definition's limits; the day or month may be left out."""

    def __init__(self, *, least: Any, most: Any, **kwargs: Any) -> None:
        self.least, self.most, self.today = least, most, ""
        super().__init__(is_whole=False, **kwargs)

    def compress(self, data_list: list[str]) -> str:
        iso = super().compress(data_list)
        if iso and self.today and iso > self.today[: len(iso)]:
            raise ValidationError(
                gettext("The date must be today or before. Today is %(day)s") % {"day": date_text(self.today)}
            )
        if iso and self.most and iso > self.most[: len(iso)]:
            raise ValidationError(gettext("The date must be %(day)s or before") % {"day": date_text(self.most)})
        if iso and self.least and iso < self.least[: len(iso)]:
            raise ValidationError(gettext("The date must be %(day)s or after") % {"day": date_text(self.least)})
        return iso


class TicksField(forms.MultipleChoiceField):
    """A tick list. What excludes the rest ("None of these", "Prefer not to answer") stands alone."""

    def __init__(self, *, exclusive: Mapping[str, str], **kwargs: Any) -> None:
        self.exclusive = exclusive
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        alone = [self.exclusive[key] for key in value if key in self.exclusive]
        if alone and len(set(value)) > 1:
            raise ValidationError(
                gettext("“%(box)s” does not go with the other boxes. Untick one or the other") % {"box": alone[0]}
            )


def field_of(question: Question, *, label: Any = None, is_column: bool = False, language: str = ENGLISH) -> forms.Field:
    """The form field that asks a question. A column of a row has no "Prefer not to answer" of its own.

    `language` is that of the question's words; where the page has another one, they are marked.
    """
    words = in_language(question.text, language) if label is None else label
    shared: dict[str, Any] = {
        "label": words,
        "help_text": _hint(question, language),
        "required": question.is_required and not is_column and question.kind in {"choice", "boolean"},
        "error_messages": {"required": CHOOSE, "invalid_choice": FROM_LIST, "invalid_list": FROM_LIST},
    }
    field = _choice_field(question, shared, language, is_column=is_column) or _typed_field(question, shared)
    field.is_optional = not question.is_required  # type: ignore[attr-defined]
    return field


def _hint(question: Question, language: str) -> Any:
    hints: list[Any] = [in_language(hint, language) for hint in question.hints]
    if question.is_several:
        hints.append(_("Select all that apply."))
    return format_html_join(" ", "{}", ((hint,) for hint in hints))


def _choice_field(question: Question, shared: dict[str, Any], language: str, *, is_column: bool) -> forms.Field | None:
    if question.kind not in {"choice", "boolean"}:
        return None
    own: list[tuple[str, Any]] = [*YES_NO]
    if question.kind == "choice":
        own = [(option.key, in_language(option.text, language)) for option in question.options]
    choices = own if is_column else [*own, (DECLINED_KEY, DECLINED_TEXT)]
    if question.is_several:
        exclusive = {option.key: option.text for option in question.options if option.is_exclusive}
        return TicksField(choices=choices, exclusive={**exclusive, DECLINED_KEY: str(DECLINED_TEXT)}, **shared)
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **shared)


def _typed_field(question: Question, shared: dict[str, Any]) -> forms.Field:
    limits = {"least": question.least, "most": question.most}
    if question.kind in {"integer", "decimal"}:
        return NumberField(is_decimal=question.kind == "decimal", **limits, **shared)
    if question.kind == "date":
        return ItemDateField(**limits, **shared)
    has_lines = question.kind == "text"
    limit = int(question.item.get("maxLength") or (TEXT_LENGTH if has_lines else LINE_LENGTH))
    return LineField(limit=limit, has_lines=has_lines, **shared)


def has_own_refusal(question: Question) -> bool:
    """Whether "Prefer not to answer" is a box beside the field; for choices it is one of the answers."""
    return question.kind not in {"choice", "boolean"}


def entry_of(question: Question, cleaned: Any, *, declined: bool = False) -> dict[str, Any]:
    """What to keep of a cleaned value: FHIR values, the words as shown, and why there is no answer."""
    keys = cleaned if isinstance(cleaned, list) else [cleaned]
    if declined or DECLINED_KEY in keys:
        return {"answers": [], "texts": [str(DECLINED_TEXT)], "question": question.text, "absent": DECLINED}
    answers, texts = _values(question, [key for key in keys if key != ""])
    return {"answers": answers, "texts": texts, "question": question.text, "absent": None}


def _values(question: Question, keys: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    if question.kind == "choice":
        chosen = [option for option in question.options if option.key in keys]
        return [dict(option.value) for option in chosen], [option.text for option in chosen]
    if question.kind == "boolean":
        return [{"valueBoolean": key == "true"} for key in keys], [str(dict(YES_NO)[key]) for key in keys]
    if question.kind == "integer":
        return [{"valueInteger": key} for key in keys], [str(key) for key in keys]
    if question.kind == "decimal":
        return [{"valueDecimal": float(key)} for key in keys], [f"{key:f}" for key in keys]
    if question.kind == "date":
        return [{"valueDate": key} for key in keys], [date_text(key) for key in keys]
    return [{"valueString": key} for key in keys], list(keys)


def rows_entry(question: Question, rows: list[dict[str, dict[str, Any]]], *, declined: bool = False) -> dict[str, Any]:
    """The entry of a group that repeats; each row is `{linkId: entry}`."""
    texts = [str(DECLINED_TEXT)] if declined else [" · ".join(_row_texts(row)) for row in rows]
    absent = DECLINED if declined else None
    return {
        "answers": [],
        "rows": [] if declined else rows,
        "texts": texts,
        "question": question.text,
        "absent": absent,
    }


def _row_texts(row: Mapping[str, Entry]) -> list[str]:
    return [text for entry in row.values() for text in entry["texts"]]


def initial_of(question: Question, entry: Entry | None) -> Any:
    """What stood in the field when the entry was kept; None for nothing."""
    if not entry:
        return None
    if question.kind in {"choice", "boolean"}:
        keys = [DECLINED_KEY] if entry["absent"] else _keys(question, entry)
        return keys if question.is_several else next(iter(keys), None)
    return next((value for answer in entry["answers"] for value in answer.values()), None)


def initial_of_number(entry: Entry | None) -> Any:
    """The first number that was kept; None when there is none."""
    values = [value for answer in (entry or {}).get("answers", ()) for value in answer.values()]
    return next((value for value in values if isinstance(value, int | float) and not isinstance(value, bool)), None)


def _keys(question: Question, entry: Entry) -> list[str]:
    if question.kind == "boolean":
        return [str(answer["valueBoolean"]).lower() for answer in entry["answers"]]
    return [option.key for option in question.options if option.value in entry["answers"]]
