import socket
import time

from clinic import gunicorn_conf


class _Connection:
    def __init__(self, sock):
        self.sock = sock


def _answer(monkeypatch, read):
    """What a request gets whose handling reads and writes on its socket."""
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(gunicorn_conf, "READ_SECONDS", 0.1)
    monkeypatch.setattr(gunicorn_conf.ThreadWorker, "handle", lambda _self, conn: read(conn.sock))
    worker = gunicorn_conf.ImpatientWorker.__new__(gunicorn_conf.ImpatientWorker)
    with ours, theirs:
        theirs.settimeout(2)
        theirs.sendall(b"GET / HT")
        return worker.handle(_Connection(ours)), theirs.recv(100)


def test_caller_who_never_ends_the_request_is_not_waited_for(monkeypatch):
    def read(sock):
        while sock.recv(100):
            pass
        sock.sendall(b"closed")
        return False

    assert _answer(monkeypatch, read) == (False, b"closed")


def test_slow_answer_still_goes_out(monkeypatch):
    def read(sock):
        sock.recv(100)
        time.sleep(0.2)
        sock.sendall(b"answer")
        return True

    assert _answer(monkeypatch, read) == (True, b"answer")


def test_deadline_of_a_connection_that_is_closed_does_nothing():
    ours, theirs = socket.socketpair()
    ours.close()
    theirs.close()

    gunicorn_conf._stop_reading(ours)
