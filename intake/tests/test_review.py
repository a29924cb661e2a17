import datetime as dt
import io

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from clinic.models import AccessEvent
from clinic.roles import Role
from intake.review.pdf import pdf_of
from intake.review.scores import Answered, scored
from intake.review.trend import trend
from intake.screening.instruments import INSTRUMENTS
from intake.tests.factories import make_request
from intake.tests.review_steps import DAY, HOSTILE, answers_of, change_answer, full, page, signed, sitting
from intake.tests.safety_steps import clinician, item_of, staff
from intake.tests.test_safety_pages import text
from notifications.tests.servers import Elsewhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(db):
    return make_request(message=HOSTILE)


@pytest.fixture
def dana(client):
    user = clinician()
    client.force_login(user)
    return user


# --- Scores and the picture ------------------------------------------------------------------------


def answered(name, picks, days_ago=0):
    return Answered(
        response_id=days_ago, request_id=1, instrument=name.upper(), title="T", version="1", language="en", mode="Web",
        status="completed", revision=1, at=timezone.now() - days_ago * DAY, answers=answers_of(name, picks),
        definition={},
    )  # fmt: skip


def test_score_shows_items_highest_first_and_the_change_since_last_time():
    found = scored([answered("phq-9", [0, 3, 1, 0, 0, 2, 0, 0, 1, 2]), answered("phq-9", [1] * 10, days_ago=30)])

    assert (found.score.total, found.score.band, found.rule) == (7, "mild", "All 9 items answered")
    assert [line.points for line in found.lines] == [3, 2, 1, 1, 0, 0, 0, 0, 0]
    assert found.change.startswith("2 lower than on ")
    assert [line.answer for line in found.beside] == ["Very difficult"]


def test_incomplete_score_names_its_rule_and_has_no_band():
    found = scored([answered("phq-9", [3, 3, 3, 3, 3, 3, 3, None, None])])

    assert (found.score.total, found.score.band) == (None, None)
    assert found.rule == (
        "Incomplete: 7 of 9 answered; partial sum 21, prorated 27.0 (indicative only); at least severe. No band."
    )
    assert [line.answer for line in found.lines[:2]] == ["Preferred not to answer"] * 2


def test_first_score_says_so_and_equal_ones_say_no_change():
    now, before = answered("gad-7", [1] * 7), answered("gad-7", [1] * 7, days_ago=9)

    assert scored([now]).change == "first time"
    assert scored([now, before]).change.startswith("no change than")


@pytest.mark.parametrize("name", ["phq-9", "gad-7"])
def test_picture_has_every_band_with_its_name_and_covers_the_axis(name):
    picture = trend([answered(name, [1] * 9, days_ago=number) for number in range(3)])

    table = INSTRUMENTS[name.upper()]
    assert [(band.name, int(band.range.split()[0])) for band in picture.bands] == [
        (n, least) for least, n in table.bands
    ]
    assert picture.bands[-1].range.endswith(str(table.most))
    assert len(picture.dots) == 3
    assert picture.path.count("L") == 2


def test_picture_leaves_out_what_was_not_complete():
    assert trend([answered("phq-9", [1, 1, 1])]).dots == []


# --- The page --------------------------------------------------------------------------------------


def test_page_shows_everything_in_the_persons_words_escaped(client, request_, dana):
    full(request_)
    item_of(request_)

    shown = text(client.get(page(request_)))

    assert [
        part in shown for part in ("9 of 27", "14 of 21", "mild", "canary-pill, 10", "Because", "version 1.0.0")
    ] == [True] * 6
    assert "Nobody has acknowledged this." in shown
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in shown
    assert shown.index("<h2>Flags</h2>") < shown.index("<h2>Scores</h2>")


def test_page_takes_at_most_twelve_queries(client, request_, dana, django_assert_max_num_queries):
    full(request_)
    item_of(request_)

    with django_assert_max_num_queries(12):
        assert client.get(page(request_)).status_code == 200


def test_page_that_shows_what_changed_takes_no_more(client, request_, dana, django_assert_max_num_queries):
    row = full(request_)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1), tick=False):
        signed(request_, dana)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=2), tick=False):
        change_answer(row, "phq-9", [3, *[1] * 9])
    item_of(request_)

    with django_assert_max_num_queries(12):
        assert "Answers changed after this review." in text(client.get(page(request_)))


def test_reading_is_written_down_before_the_page_and_each_pdf_as_an_export(client, request_, dana):
    client.get(page(request_))
    client.get(page(request_, "pdf"))

    rows = AccessEvent.objects.filter(by=dana, subject_ref=f"intake.request:{request_.pk}").order_by("id")
    assert list(rows.values_list("action", flat=True)) == ["read", "export"]


def test_page_is_not_made_when_the_reading_cannot_be_written_down(client, request_, dana, monkeypatch):
    def fail(**_values):
        raise RuntimeError("the ledger is down")

    monkeypatch.setattr("intake.review.views.record_access", fail)

    with pytest.raises(RuntimeError, match="ledger"):
        client.get(page(request_))


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.AUDITOR])
def test_others_do_not_read(client, request_, role):
    client.force_login(staff("robin", role))

    paths = [reverse("review:list"), page(request_), page(request_, "pdf")]
    assert [client.get(path).status_code for path in paths] == [403] * 3
    assert client.post(page(request_, "sign")).status_code == 403


def test_unknown_request_is_not_found(client, dana):
    path = "/admin/review/11111111-2222-4333-8444-555555555555/"

    assert [client.get(path).status_code, client.post(f"{path}sign/").status_code] == [404, 404]


def test_page_without_any_answer_says_so(client, request_, dana):
    shown = text(client.get(page(request_)))

    assert "No scored questionnaire was answered." in shown
    assert "<strong>Not reviewed yet.</strong>" in shown


def test_pdf_is_tagged_and_holds_the_same_words(client, request_, dana):
    full(request_)

    answer = client.get(page(request_, "pdf"))

    read = PdfReader(io.BytesIO(answer.content))
    words = " ".join(" ".join(sheet.extract_text() for sheet in read.pages).split())
    assert (answer["Content-Type"], read.trailer["/Root"]["/MarkInfo"]["/Marked"]) == ("application/pdf", True)
    assert "/StructTreeRoot" in read.trailer["/Root"]
    assert read.trailer["/Root"]["/Lang"] == "en"
    assert [part in words for part in ("canary-pill, 10", "9 of 27", "Because", "moderately severe")] == [True] * 4


@pytest.mark.parametrize(
    "part",
    [
        '<img src="{}/x.png">',
        '<link rel="stylesheet" href="{}/x.css">',
        '<style>@import "{}/x.css";</style>',
        '<p style="background: url({}/x.png)">',
        '<object data="{}/x.svg"></object>',
    ],
)
def test_pdf_fetches_nothing_whatever_the_page_names(monkeypatch, part):
    with Elsewhere() as elsewhere:
        monkeypatch.setattr("intake.review.pdf.render_to_string", lambda *_args: part.format(elsewhere.url))
        assert pdf_of({}).startswith(b"%PDF")

        assert not elsewhere.was_asked()


def test_style_sheet_of_the_pdf_fetches_nothing(monkeypatch, tmp_path):
    with Elsewhere() as elsewhere:
        sheet = tmp_path / "review.css"
        sheet.write_text(f'@import "{elsewhere.url}/x.css";')
        monkeypatch.setattr("intake.review.pdf.SHEET", sheet)
        monkeypatch.setattr("intake.review.pdf.render_to_string", lambda *_args: "<p>Summary")
        assert pdf_of({}).startswith(b"%PDF")

        assert not elsewhere.was_asked()


def test_machine_that_cannot_make_pdfs_says_so(client, request_, dana, monkeypatch):
    def missing(_name):
        raise OSError("cannot load library 'pango'")

    monkeypatch.setattr("intake.review.pdf.import_module", missing)

    answer = client.get(page(request_, "pdf"), follow=True)

    assert "PDFs cannot be made on this machine. Print the page instead." in text(answer)


def test_question_without_an_answer_stands_there_as_not_answered(client, request_, dana):
    sitting(request_, phq_9=[1, 1, 1])

    shown = text(client.get(page(request_)))

    wording = "Thoughts that you would be better off dead or of hurting yourself in some way"
    assert f'<th scope="row">{wording}</th><td><strong>Not answered</strong></td>' in shown
    assert shown.count("Not answered") == 7
