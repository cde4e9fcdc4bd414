"""The client of the graph's benchmark keeps its connection, takes only whole answers, and polls with the last tag."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable, StoreError
from scripts.benchmarks import _graph_client
from scripts.benchmarks._graph_client import Address, Connection
from scripts.benchmarks._graph_questions import GRAPHQL, Question
from scripts.benchmarks._graph_timing import UNCHANGED, WHOLE, Subject, Times, polled


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A server on a loopback socket that gives these answers one after the other, and the heads it was asked with."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            left = list(answers)
            while left:
                came, _ = listener.accept()
                with came:
                    while left and (head := _request(came)):
                        heads.append(head)
                        came.sendall(left.pop(0))

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql", heads
        server.join(5)


def _request(came: socket.socket) -> bytes:
    """The head of the next request, its body read away; nothing where there is none."""
    read = b""
    while b"\r\n\r\n" not in read:
        if not (piece := came.recv(65_536)):
            return b""
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += came.recv(65_536)
    return head


def _answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_a_connection_is_kept_from_question_to_question() -> None:
    with answering(_answer(b"one"), _answer(b"", "204 No Content"), _answer(b"x" * 200_000)) as (url, heads):
        address = Address(url, {"Authorization": "Bearer t"})
        with Connection(address) as connection:
            assert connection.ask(address.request(b"{}")).body == b"one"
            assert connection.ask(address.request(b"{}"), (204,)).status == 204
            last = connection.ask(address.request(b"{}", {"If-None-Match": '"a"'}))
        assert (len(last.body), last.seconds > 0) == (200_000, True)
    assert all(b"Authorization: Bearer t" in head for head in heads)
    assert b'If-None-Match: "a"' in heads[-1]


def test_a_connection_nobody_used_for_long_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph_client, "IDLE_S", 0.0)
    with answering(_answer(b"one"), _answer(b"two")) as (url, heads), Connection(Address(url)) as connection:
        first = connection.ask(Address(url).request(b"{}"))
        assert first.body + connection.ask(Address(url).request(b"{}")).body == b"onetwo"
    assert len(heads) == 2


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (_answer(b"refused", "403 Forbidden"), SourceRefused, "403: b'refused'"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", SourceMalformed, "how long"),
        (b"", SourceUnreachable, "closed before it answered"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", SourceUnreachable, "closed within"),
    ],
)
def test_what_is_no_whole_answer_is_no_measurement(answer: bytes, error: type[Exception], said: str) -> None:
    with (
        answering(answer) as (url, _),
        Connection(Address(url)) as connection,
        pytest.raises(error, match=said),
    ):
        connection.ask(Address(url).request(b"{}"))


def _polled(*answers: bytes) -> tuple[dict[str, Times] | None, list[bytes]]:
    with answering(*answers) as (url, heads):
        found = polled(Subject("hub", Address(url), GRAPHQL), Question("q", {GRAPHQL: b"{}"}), 1, 0)
    return found, heads


def test_an_unchanged_poll_carries_the_last_tag_and_a_new_one_where_it_changed() -> None:
    tags = [_answer(b"data", "200 OK", f'ETag: "{n}"') for n in range(3)]
    unchanged = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    found, heads = _polled(tags[0], tags[1], tags[2], unchanged)
    assert found is not None
    assert set(found) == {WHOLE, UNCHANGED}
    assert [b'If-None-Match: "0"' in heads[2], b'If-None-Match: "2"' in heads[3]] == [True, True]
    assert b"If-None-Match" not in heads[1]


def test_answers_without_a_tag_are_not_polled() -> None:
    assert _polled(_answer(b"data"))[0] is None


def test_a_tag_that_counts_for_nothing_is_a_fault() -> None:
    with pytest.raises(StoreError, match="answers its own tag"):
        _polled(*[_answer(b"data", "200 OK", 'ETag: "a"')] * 4)
