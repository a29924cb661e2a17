"""Every address x everybody x every verb, against the matrix that was reviewed."""

import logging
import os

import pytest
import time_machine
from django.contrib.auth.models import Group

from clinic.models import User
from clinic.tests import role_matrix
from clinic.tests.one_of_each import CANARY, make_one_of_each
from scheduling.tests.factories import NOW

pytestmark = pytest.mark.django_db
MEND = (
    "If you meant it: `make matrix`, and read the changed lines of clinic/tests/role_matrix.csv against design.md 8."
    " Nobody may get further than their role's line there says."
)
READS_NO_ANSWERS = ("front_desk", "manager")  # between them every page of who may not
BESIDE_THE_QUESTION = {"/readyz", "/admin/logout/"}  # ask other parts; end the session


@pytest.fixture
def made():
    logging.disable(logging.CRITICAL)
    with time_machine.travel(NOW, tick=False):
        yield make_one_of_each()
    logging.disable(logging.NOTSET)


def test_there_is_a_row_behind_every_page(made):
    assert role_matrix.missing(made) == [], "Make one of each of these in clinic/tests/one_of_each.py"


def test_everybody_gets_exactly_as_far_as_the_matrix_says(made):
    found = role_matrix.walk(made)
    if os.environ.get("WRITE_MATRIX"):
        role_matrix.write(found)

    known = role_matrix.read()
    assert sorted(found.keys() - known.keys()) == [], f"Not in the matrix. {MEND}"
    assert sorted(known.keys() - found.keys()) == [], f"In the matrix, and gone. {MEND}"
    assert {line: cells for line, cells in found.items() if cells != known[line]} == {}, MEND


def test_no_cell_of_the_matrix_is_an_error_of_ours():
    assert [line for line, cells in role_matrix.read().items() if any("500" in cell for cell in cells)] == []


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_other_verbs_are_refused_whoever_asks_and_wherever(made, verb):
    walker = role_matrix.Walker({"everything": _holds_every_role()})
    paths = [role_matrix.example(route, made) for route in role_matrix.routes()]

    answers = {(who, path): walker.ask(who, verb, path) for path in paths for who in ("everything", "anonymous")}

    assert {asked: status for asked, status in answers.items() if status != "405"} == {}


def test_an_id_of_nothing_and_a_link_for_another_page_open_nothing(made):
    walker = role_matrix.Walker({"everything": _holds_every_role()})
    about_a_row = [route for route in role_matrix.routes() if "<" in route and "?P<" not in route]
    with role_matrix.unpainted():
        answers = {
            f"{verb} {route}": walker.ask("everything", verb, role_matrix.example(route, made, foreign=True))
            for route in about_a_row
            for verb in role_matrix.VERBS
            if "<str:kind>" not in route
        }

    # The admin leads from a row that is gone to its list.
    opened = {asked: status for asked, status in answers.items() if status not in {"404", "405", "403"}}
    assert {asked for asked, status in opened.items() if status != "302" or "<path:object_id>" not in asked} == set()


def test_answers_are_on_no_page_of_who_may_not_read_them(made):
    walker, reviewed = role_matrix.Walker(made.people), role_matrix.read()
    for route in role_matrix.routes():
        path = role_matrix.example(route, made)
        if path in BESIDE_THE_QUESTION or not path.startswith("/admin/"):
            continue
        cells = dict(zip(role_matrix.COLUMNS, reviewed[f"/{route}"], strict=True))
        for who in READS_NO_ANSWERS:
            if cells[who].startswith("403"):
                continue  # one page of words of ours, whatever was asked for
            assert CANARY not in walker.answer(who, "GET", path).content.decode(errors="replace"), (who, path)
    review = role_matrix.example("admin/review/<uuid:request_id>/", made)
    assert CANARY in walker.answer("clinician", "GET", review).content.decode()


def _holds_every_role():
    person = User.objects.create_user("everything@clinic.example")
    person.groups.set(Group.objects.all())
    return person
