"""Scores: every combination where that is possible, properties where it is not."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.tests.examples import examples
from intake.screening.instruments import GATE, INSTRUMENTS
from intake.screening.scoring import Score, score, score_points
from intake.screening.shipped import all_shipped, instrument_of
from intake.tests.screening.fhir_rows import answers_to, codes_of

PHQ, GAD, PTSD, AUDIT, ASQ = (codes_of(name) for name in ("PHQ-9", "GAD-7", "PC-PTSD-5", "AUDIT-C", "ASQ"))


def score_of(instrument: str, points: dict[str, int]) -> Score:
    return score(instrument, answers_to(instrument, points))


def ordinal(option):
    return next(e["valueDecimal"] for e in option["extension"] if e["url"].endswith("ordinalValue"))


def all_items(items):
    for found in items:
        yield found
        yield from all_items(found.get("item", []))


# --- The tables are those of the shipped forms -----------------------------------------------------


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_shipped_form_has_the_items_codes_words_and_weights_of_the_table(name):
    table = INSTRUMENTS[name]
    definition = next(found for found in all_shipped() if instrument_of(found) == name)
    items = {found["linkId"]: found for found in all_items(definition["item"])}

    assert [code for code in items if code in {item.code for item in table.items}] == codes_of(name)
    for item in table.items:
        options = items[item.code]["answerOption"]
        shown = {option["valueCoding"]["code"]: ordinal(option) for option in options}
        assert shown.items() <= item.points.items()
        assert [option["valueCoding"]["display"] for option in sorted(options, key=ordinal)] == list(item.texts)


# --- PHQ-9 and GAD-7 -------------------------------------------------------------------------------

BANDS = {
    "PHQ-9": [
        (0, 4, "minimal"),
        (5, 9, "mild"),
        (10, 14, "moderate"),
        (15, 19, "moderately severe"),
        (20, 27, "severe"),
    ],
    "GAD-7": [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 21, "severe")],
    "PC-PTSD-5": [(0, 2, "negative"), (3, 5, "positive")],
    "AUDIT-C": [(0, 2, "negative"), (3, 12, "positive")],
    "DRUG-1": [(0, 0, "negative"), (1, 4, "positive")],
    "ASQ": [(0, 0, "negative"), (1, 5, "positive")],
}


@pytest.mark.parametrize("name", BANDS)
def test_every_total_lies_in_its_published_band(name):
    table = INSTRUMENTS[name]

    assert [table.band_of(total) for total in range(table.most + 1)] == [
        band for least, most, band in BANDS[name] for _total in range(least, most + 1)
    ]
    assert table.most == BANDS[name][-1][1]


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9))
@settings(max_examples=examples(60))
def test_complete_phq9_totals_its_answers_and_item_9_alone_decides_safety(points):
    found = score_of("PHQ-9", dict(zip(PHQ, points, strict=True)))

    assert (found.total, found.complete, found.answered, found.items) == (sum(points), True, 9, 9)
    assert found.safety is (points[8] > 0)
    assert found.band == INSTRUMENTS["PHQ-9"].band_of(sum(points))
    assert (found.prorated, found.band_at_least) == (None, None)


@given(st.lists(st.integers(0, 3), min_size=7, max_size=7))
@settings(max_examples=examples(40))
def test_complete_gad7_totals_its_answers_and_has_no_safety_item(points):
    found = score_of("GAD-7", dict(zip(GAD, points, strict=True)))

    assert (found.total, found.complete, found.safety) == (sum(points), True, None)
    assert found.band == INSTRUMENTS["GAD-7"].band_of(sum(points))


@pytest.mark.parametrize(("name", "codes", "fewest"), [("PHQ-9", PHQ, 7), ("GAD-7", GAD, 5)])
def test_incomplete_form_has_neither_total_nor_band_and_is_prorated_only_with_enough_answers(name, codes, fewest):
    for answered in range(len(codes)):
        found = score_of(name, dict.fromkeys(codes[:answered], 1))

        assert (found.total, found.band, found.complete, found.answered) == (None, None, False, answered)
        prorated = float(len(codes)) if answered >= fewest else None
        assert (found.partial, found.prorated) == (answered, prorated)


def test_partial_sum_is_prorated_to_one_decimal_and_shown_as_indicative():
    found = score_of("PHQ-9", dict(zip(PHQ[:7], (3, 3, 3, 3, 3, 3, 2), strict=True)))

    assert (found.partial, found.prorated) == (20, 25.7)


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=9, max_size=9))
@settings(max_examples=examples(60))
def test_band_of_an_incomplete_form_only_ever_goes_up(points):
    given_answers = {code: worth for code, worth in zip(PHQ, points, strict=True) if worth is not None}
    found = score_of("PHQ-9", given_answers)

    if found.band_at_least is not None:
        rest = [item for item in PHQ if item not in given_answers]
        names = [band for _least, _most, band in BANDS["PHQ-9"]]
        lowest = score_of("PHQ-9", {**given_answers, **dict.fromkeys(rest, 0)})
        highest = score_of("PHQ-9", {**given_answers, **dict.fromkeys(rest, 3)})
        assert names.index(found.band_at_least) == names.index(lowest.band) <= names.index(highest.band)
    assert found.safety is ((points[8] or 0) > 0)


def test_blank_item_9_is_not_zero():
    found = score_of("PHQ-9", dict.fromkeys(PHQ[:8], 0))

    assert (found.total, found.complete) == (None, False)


@pytest.mark.parametrize(("code", "worth"), [("LA6572-7", 0), ("LA6573-5", 1), ("LA6575-0", 2), ("LA6574-3", 3)])
def test_difficulty_is_read_apart_from_the_total(code, worth):
    answers = answers_to("PHQ-9", dict.fromkeys(PHQ, 0)) | {"69722-7": {"answers": [{"valueCoding": {"code": code}}]}}

    found = score("PHQ-9", answers)

    assert (found.difficulty, found.total, found.complete) == (worth, 0, True)


# --- PC-PTSD-5, AUDIT-C, ASQ, the drug question: every combination ----------------------------------


@pytest.mark.parametrize("gate", [0, 1, None])
def test_every_combination_of_pc_ptsd_5(gate):
    for points in itertools.product((0, 1, None), repeat=5):
        said = {code: worth for code, worth in zip(PTSD, points, strict=True) if worth is not None}
        found = score_of("PC-PTSD-5", said | ({} if gate is None else {GATE: gate}))
        yes, blank = sum(said.values()), len(said) < 5

        assert found.safety is None
        if gate == 0:
            expected = (None, None, False) if yes else (0, "negative", True)
            assert bool(found.errors) is bool(yes)
        elif blank:
            expected = (None, None, False)
            assert found.band_at_least == ("positive" if yes >= 3 else None)
        else:
            expected = (yes, "positive" if yes >= 3 else "negative", True)
        assert (found.total, found.band, found.complete) == expected


def test_every_combination_of_audit_c():
    for points in itertools.product((0, 1, 2, 3, 4, None), repeat=3):
        said = {code: worth for code, worth in zip(AUDIT, points, strict=True) if worth is not None}
        found = score_of("AUDIT-C", said)
        total = sum(said.values())

        if len(said) == 3 or points[0] == 0:
            assert (found.total, found.band, found.complete) == (total, "positive" if total >= 3 else "negative", True)
        else:
            assert (found.total, found.band, found.complete) == (None, None, False)
            assert found.band_at_least == ("positive" if total >= 3 else None)
        assert (found.answered, found.items, found.safety) == (len(said), 3, None)


def test_every_combination_of_asq():
    for points in itertools.product((0, 1, None), repeat=5):
        said = {code: worth for code, worth in zip(ASQ, points, strict=True) if worth is not None}
        found = score_of("ASQ", said)
        yes, first_four = sum(said.values()), points[:4]
        is_complete = None not in first_four and (points[4] is not None or sum(first_four) == 0)

        assert found.safety is (yes > 0)
        assert found.is_acute is (points[4] == 1)  # alone, too
        assert found.complete is is_complete
        assert found.total == (yes if is_complete else None)
        assert found.band == (("positive" if yes else "negative") if is_complete else None)


def test_acute_answer_of_asq_alone_is_positive_and_acute():
    found = score_of("ASQ", dict(zip(ASQ, (0, 0, 0, 0, 1), strict=True)))

    assert (found.band, found.safety, found.is_acute) == ("positive", True, True)


@pytest.mark.parametrize("points", range(5))
def test_drug_question_is_positive_for_anything_but_never(points):
    found = score_of("DRUG-1", {"68524-8": points})

    assert (found.total, found.band) == (points, "positive" if points else "negative")


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_nothing_answered_scores_nothing(name):
    found = score(name, {})

    assert (found.total, found.band, found.complete, found.answered, found.errors) == (None, None, False, 0, ())
    assert found.prorated is None


def test_unknown_instrument_cannot_be_scored():
    with pytest.raises(KeyError):
        score("PHQ-2", {})


def test_points_without_errors_score_the_same():
    assert score_points(INSTRUMENTS["DRUG-1"], {"68524-8": 1}).total == 1
