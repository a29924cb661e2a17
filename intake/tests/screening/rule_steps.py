"""Answers as the pages keep them, and the flags they raise."""

from intake.screening import clauses
from intake.screening.rules import Facts, flags_for
from intake.screening.shipped import shipped

PHQ, ASQ, STOP, MEDICINES, HISTORY = (shipped(n) for n in ("phq-9", "asq", "stop-items", "medicines", "history"))


def item_of(definition, link_id):
    return next(item for item in clauses.items_of(definition) if item["linkId"] == link_id)


def chose(definition, **picked):
    """Entries as the pages keep them: {linkId: code or list of codes}; `_` stands for the dash of a linkId."""
    return {name.replace("_", "-"): entry(definition, name.replace("_", "-"), said) for name, said in picked.items()}


def entry(definition, link_id, said):
    codes = said if isinstance(said, list) else [said]
    options = {clauses.code_of(o): o["valueCoding"] for o in item_of(definition, link_id)["answerOption"]}
    return {
        "answers": [{"valueCoding": options[code]} for code in codes],
        "texts": [options[code]["display"] for code in codes],
        "question": item_of(definition, link_id)["text"],
        "absent": None,
    }


def number(value, kind="valueInteger", question="Q"):
    return {"answers": [{kind: value}], "texts": [str(value)], "question": question, "absent": None}


def raised(definition, answers, *, finished=False, **facts):
    return {
        flag.code: flag.level.name for flag in flags_for(definition, answers, finished=finished, facts=Facts(**facts))
    }
