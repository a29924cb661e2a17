"""Whatever the order of pages, tabs and repeats: the last answer stands, flags fit the answers, nothing is lost."""

import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.tests.examples import examples
from intake.models import Flag, ResponseRevision, SafetyItem, ScreeningResponse
from intake.screening.consequences import facts_of
from intake.screening.flow import Step
from intake.screening.items import questions
from intake.screening.rules import flags_for
from intake.screening.saving import save_answers
from intake.screening.shipped import shipped
from intake.tests.screening.sitting_steps import Person, make_screening, sign_all

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from("AB"), st.integers(0, 20), st.integers(0, 20), st.sampled_from(["new page", "same page"])
    ),
    max_size=7,
)


def all_steps(screening):
    rows = ScreeningResponse.objects.filter(screening=screening).select_related("questionnaire").order_by("created_at")
    steps = [Step(row, question) for row in rows for question in questions(row.questionnaire.definition)]
    return [step for step in steps if step.question.kind == "choice"]


def keys_of(step):
    return [*(option.key for option in step.question.options), "-declined"]


def kept_keys(step):
    entry = step.entry
    if entry is None:
        return None
    return "-declined" if entry["absent"] else entry["answers"][0]["valueCoding"]["code"]


@pytest.mark.django_db
@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_last_answer_of_each_question_stands_and_flags_fit(signed, actions):
    screening = make_screening(name=f"Sam {uuid.uuid4().hex}", form_key=uuid.uuid4())
    tabs = {name: Person(screening, Client()).start() for name in "AB"}
    wanted, pages, used, was_positive = {}, {}, {}, False

    for tab, which, answer, page in actions:
        steps = all_steps(screening)
        step = steps[which % len(steps)]
        code = keys_of(step)[answer % len(keys_of(step))]
        name = f"q{step.question.number}"
        if page == "new page" or (tab, step.key) not in pages:
            pages[tab, step.key] = str(uuid.uuid4())
        key = pages[tab, step.key]
        sent = tabs[tab].client.post(f"{tabs[tab].home}q/{step.key}/", {name: code, "form_key": key})
        assert sent.status_code == 303
        if used.get(key) == (step.key, code):
            continue  # the same page sent twice
        if wanted.get(step.key) != code:
            used.setdefault(key, (step.key, code))
        wanted[step.key] = code
        was_positive |= step.question.link_id == "44260-8" and code != "LA6568-5"

    found = {step.key: kept_keys(step) for step in all_steps(screening) if step.entry is not None}
    assert found == wanted
    for row in ScreeningResponse.objects.filter(screening=screening).select_related("questionnaire", "screening"):
        rules = flags_for(row.questionnaire.definition, row.answers, finished=False, facts=facts_of(screening))
        live = [(flag.code, flag.content["answer"]) for flag in Flag.objects.filter(response=row, is_live=True)]
        assert Counter(live) == Counter((flag.code, flag.answer) for flag in rules)
        revisions = ResponseRevision.objects.filter(response=row).order_by("revision")
        assert [one.revision for one in revisions] == list(range(1, row.revision + 1))
    assert not was_positive or SafetyItem.objects.filter(screening=screening).exists()


@pytest.mark.django_db(transaction=True)
def test_answers_saved_in_the_same_moment_are_all_kept():
    sign_all(**{"PHQ-9": shipped("phq-9")})
    person = Person(make_screening()).start()
    response = ScreeningResponse.objects.get(questionnaire__instrument="PHQ-9")
    found = [question for question in questions(shipped("phq-9")) if question.is_required]

    def save(question):
        entry = {"answers": [dict(question.options[0].value)], "texts": ["Not at all"], "question": "", "absent": None}
        try:
            save_answers(screening=person.screening, response=response, answers={question.link_id: entry})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(found)) as pool:
        list(pool.map(save, found))

    response.refresh_from_db()
    assert set(response.answers) == {question.link_id for question in found}
    assert (response.revision, response.revisions.count()) == (9, 9)
