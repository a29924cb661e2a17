"""Where a request ends: what two servers could read in two ways is refused, so that nothing is smuggled in."""

import pytest
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http.errors import ParseException

from clinic import gunicorn_conf

HEAD = "POST /consultation/ HTTP/1.1\r\nHost: book.clinic.example\r\n"
CHUNKS = "\r\n\r\n0\r\n\r\nGET /admin/ HTTP/1.1\r\nHost: book.clinic.example\r\n\r\n"
IS_SETTING = Config().settings.keys()


def read(text):
    """The first request as our gunicorn reads it."""
    settings = Config()
    for name, value in vars(gunicorn_conf).items():
        if name in IS_SETTING:
            settings.set(name, value)
    return next(http.get_parser(settings, iter([text.encode()]), ("203.0.113.9", 40000)))


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "Content-Length: 5, 6",
        "Content-Length : 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "X: 1\r\n Transfer-Encoding: chunked",
        "X: 1\nTransfer-Encoding: chunked",
    ],
)
def test_request_whose_end_can_be_read_in_two_ways_is_refused(headers):
    with pytest.raises(ParseException):
        read(f"{HEAD}{headers}{CHUNKS}")


@pytest.mark.parametrize(
    "framed", ["Content-Length: 5\r\n\r\nname=", "Transfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n0\r\n\r\n"]
)
def test_request_with_one_end_is_read_to_it(framed):
    assert read(f"{HEAD}{framed}GET /admin/").body.read() == b"name="
