import io
import json
import time

import pytest
from django.core.management import CommandError, call_command

from intake.tests.screening.response_steps import KEYS, PHQ, SCORED, phq

# --- The command ---------------------------------------------------------------------------------------


def run(text, tmp_path, capsys):
    """The lines printed for a file of this text, and the exit code."""
    source = tmp_path / "in.json"
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    code = 0
    try:
        call_command("score_response", str(source))
    except CommandError as error:
        code = error.returncode
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()], code


GOOD = phq(lambda n: PHQ[n])


@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_gives_one_line_with_exactly_the_keys(tmp_path, capsys, indent):
    (line,), code = run(json.dumps(GOOD, indent=indent), tmp_path, capsys)

    assert (list(line), line, code) == (KEYS, SCORED, 0)


def test_broken_line_is_an_error_line_and_the_others_are_scored(tmp_path, capsys):
    lines, code = run(f"{json.dumps(GOOD)}\n\n{{broken\r\n{json.dumps(GOOD)}\n", tmp_path, capsys)

    assert [line["errors"] for line in lines] == [[], ["This line is not valid JSON."], []]
    assert (lines[2], code) == (SCORED, 2)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "{", "{\n\n}x", "[]", "3", b"\xff\xfe", '{"a":' * 100_000, "9" * 5000, '{\n "resourceType": "Quest'],
    ids=["empty", "words", "brace", "tail", "list", "number", "bytes", "deep", "long", "cut"],
)  # fmt: skip
def test_nonsense_gives_one_error_line_and_never_a_traceback(tmp_path, capsys, text):
    lines, code = run(text, tmp_path, capsys)

    assert (len(lines), list(lines[0]), code) == (1, KEYS, 2)
    assert lines[0]["errors"]


def test_byte_order_mark_is_read_over(tmp_path, capsys):
    lines, code = run(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), tmp_path, capsys)

    assert (lines, code) == ([SCORED], 0)


def test_standard_input_is_read_without_a_file(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))

    call_command("score_response")

    assert json.loads(capsys.readouterr().out) == SCORED


def test_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("score_response", str(tmp_path / "none.json"))


def test_five_thousand_responses_take_seconds_and_the_database_is_not_asked(tmp_path, capsys):
    """Without the `db` fixture any query would fail."""
    started = time.monotonic()
    lines, code = run("\n".join([json.dumps(GOOD)] * 5000), tmp_path, capsys)

    assert (len(lines), code, {line["total"] for line in lines}) == (5000, 0, {13})
    assert time.monotonic() - started < 20
