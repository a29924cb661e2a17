"""Kept answers as a QuestionnaireResponse, in the tree of the questionnaire that was asked. Pure."""

from collections.abc import Mapping
from typing import Any

from clinic.fhir import ACT_CODE, BASE, Resource, absent, concept, instant, reference
from intake.fhir.substance import LABEL, WHOLE, is_about_substances, may_hold_some, without_substances
from intake.screening.items import Entry, Item, live_answers

STATUS = {"in_progress": "in-progress", "completed": "completed", "amended": "amended", "not_screened": "stopped"}
BY_STAFF = ("phone", "paper")
REDACTED = concept("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "REDACTED", "redacted")


def response_resource(row: Mapping[str, Any], *, with_substances: bool) -> Resource | None:
    """One questionnaire of one sitting (a row of `resources.RESPONSE`); None for one that stays out."""
    definition, instrument = row["questionnaire__definition"] or {}, row["questionnaire__instrument"]
    if instrument in WHOLE and not with_substances:
        return None
    is_sensitive = instrument in WHOLE or may_hold_some(definition)
    who = reference(row["screening__patient_id"], "Patient")
    resource = {
        "resourceType": "QuestionnaireResponse",
        "id": str(row["pk"]),
        "meta": _meta(row, is_sensitive=is_sensitive, with_substances=with_substances),
        "language": row["questionnaire__language"],
        "identifier": {"system": f"{BASE}/identifier/response", "value": str(row["pk"])},
        "questionnaire": f"{row['questionnaire__url']}|{row['questionnaire__version']}",
        "status": STATUS[row["status"]],
        "subject": who,
        "authored": instant(row["completed_at"] or row["updated_at"]),
        "author": {"display": "Clinic staff, for the patient"} if row["screening__mode"] in BY_STAFF else who,
        "source": who,
    }
    items = response_items(definition, row["answers"] or {}, with_substances=with_substances)
    return {**resource, "item": items} if items else resource


def response_items(definition: Item, answers: Mapping[str, Entry], *, with_substances: bool) -> list[Resource]:
    """The items of what was asked: answered, or declined with the reason. Left empty: not there."""
    return _tree(definition.get("item", ()), live_answers(definition, answers), with_substances=with_substances)


def _tree(items: Any, live: Mapping[str, Entry], *, with_substances: bool) -> list[Resource]:
    found: list[Resource] = []
    for item in items:
        if not with_substances and is_about_substances(item):
            continue
        if item["type"] == "group" and not item.get("repeats"):
            children = _tree(item.get("item", ()), live, with_substances=with_substances)
            if children:
                found.append({**_named(item, {}), "item": children})
        elif item["linkId"] in live:
            entry = live[item["linkId"]]
            kept = entry if with_substances else without_substances(item, entry)
            below = _tree(item.get("item", ()), live, with_substances=with_substances)
            found += _rows(item, kept) if "rows" in kept else _answered(item, kept, below)
    return found


def _rows(item: Item, entry: Entry) -> list[Resource]:
    """A repeating group is one item for each row."""
    rows = []
    for row in entry["rows"]:
        cells = [cell for child in item.get("item", ()) for cell in _answered(child, row.get(child["linkId"], {}), [])]
        if cells:
            rows.append({**_named(item, entry), "item": cells})
    return rows or _answered(item, {**entry, "answers": []}, [])


def _answered(item: Item, entry: Entry, below: list[Resource]) -> list[Resource]:
    answers = [dict(answer) for answer in entry.get("answers", ()) if answer]
    if answers:
        if below:  # what hangs on an answer stands below it
            answers[0]["item"] = below
        return [{**_named(item, entry), "answer": answers}]
    if entry.get("absent"):
        return [{**_named(item, entry), "extension": [absent(entry["absent"])]}]
    return []


def _named(item: Item, entry: Entry) -> Resource:
    text = entry.get("question") or item.get("text")
    return {"linkId": item["linkId"], "text": text} if text else {"linkId": item["linkId"]}


def _meta(row: Mapping[str, Any], *, is_sensitive: bool, with_substances: bool) -> Resource:
    meta: Resource = {"lastUpdated": instant(row["updated_at"]), "versionId": str(row["revision"])}
    if is_sensitive:
        label = concept(ACT_CODE, LABEL, "substance abuse information sensitivity") if with_substances else REDACTED
        meta["security"] = label["coding"]
    return meta
