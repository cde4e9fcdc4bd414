"""Times of requests: all subjects in turn, so that what else the machine does meets every one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from threading import Event
from time import perf_counter, sleep

import orjson

from graph.errors import StoreError
from scripts.benchmarks._graph_client import NOT_MODIFIED, Address, Connection
from scripts.benchmarks._graph_questions import NOTHING, Question

PULLERS = 4  # clients that ask for much at once: as many as the hub answers at once
PAUSE_S = 0.01  # between two looks whether the loop is free, lest looking keeps it busy
WHOLE, UNCHANGED = "answered 200", "answered 304"
_TWENTIETHS = 20


@dataclass(frozen=True)
class Subject:
    """A server, and the way of asking it understands."""

    name: str
    address: Address
    way: str

    def request(self, question: Question, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes of a question to it."""
        return self.address.request(question.bodies[self.way], headers)


@dataclass(frozen=True)
class Times:
    """Seconds of each request, in the order they were sent."""

    seconds: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """Half took no longer."""
        return median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        """Nineteen of twenty took no longer."""
        several = self.seconds * 2 if len(self.seconds) == 1 else self.seconds
        return quantiles(several, n=_TWENTIETHS, method="inclusive")[-1] * 1000

    @property
    def per_second(self) -> float:
        """Requests a second, one after the other."""
        return 1 / fmean(self.seconds)


def interleaved(acts: Mapping[str, Callable[[], float]], rounds: int, warming: int) -> dict[str, Times]:
    """Times of acts that tell how long they took; every round has another first, and the warming rounds do not count."""
    names, found = list(acts), {name: list[float]() for name in acts}
    for number in range(warming + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            seconds = acts[name]()
            if number >= warming:
                found[name].append(seconds)
    return {name: Times(tuple(seconds)) for name, seconds in found.items()}


def asked(subjects: Sequence[Subject], question: Question, rounds: int, warming: int) -> dict[str, Times]:
    """Times of one question to each subject, each over a connection of its own. Raises StoreError when answers differ."""
    check_alike({each.name: _once(each, question) for each in subjects})
    with ExitStack() as stack:
        acts = {
            each.name: _asking(stack.enter_context(Connection(each.address)), each.request(question))
            for each in subjects
        }
        return interleaved(acts, rounds, warming)


def check_alike(answers: Mapping[str, bytes]) -> None:
    """Raise StoreError where an answer has errors, or other data than the first: its time would say nothing."""
    said = {name: orjson.loads(body) for name, body in answers.items()}
    wanted = next(iter(said.values())).get("data")
    for name, answer in said.items():
        if answer.get("errors") or not answer.get("data"):
            raise StoreError(f"{name} answered {str(answer)[:300]}")
        if answer["data"] != wanted:
            raise StoreError(f"{name} answers other data than {next(iter(said))}, so its time says nothing")


def while_pulled(subject: Subject, much: Question, seconds: float) -> tuple[Times, float]:
    """Times of a question about nothing while others ask for much, and how much of it they were answered a second."""
    nothing, ended = subject.address.request(NOTHING), Event()
    began, found = perf_counter(), list[float]()
    with ThreadPoolExecutor(PULLERS) as pullers, Connection(subject.address) as connection:
        pulled = [pullers.submit(_pull, subject, much, ended) for _ in range(PULLERS)]
        try:
            while perf_counter() - began < seconds and not any(future.done() for future in pulled):
                found.append(connection.ask(nothing).seconds)
                sleep(PAUSE_S)
        finally:
            ended.set()
        answers = sum(future.result() for future in pulled)
    return Times(tuple(found)), answers / (perf_counter() - began)


def polled(subject: Subject, question: Question, rounds: int, warming: int) -> dict[str, Times] | None:
    """Times of an unchanged question answered whole and answered 304; None where answers carry no ETag."""
    with Connection(subject.address) as connection:
        poll = _Poll(connection, subject, question)
        if poll.tag is None:
            return None
        acts: dict[str, Callable[[], float]] = {
            WHOLE: _asking(connection, subject.request(question)),
            UNCHANGED: poll,
        }
        return interleaved(acts, rounds, warming)


class _Poll:
    """A question asked again with the tag of the answer before, which may have stood for a while only."""

    def __init__(self, connection: Connection, subject: Subject, question: Question) -> None:
        self._connection, self._subject, self._question = connection, subject, question
        self.tag = connection.ask(subject.request(question)).headers.get("etag")

    def __call__(self) -> float:
        """How long a 304 took. Raises StoreError when a tag just given counts for nothing."""
        for _ in range(2):
            request = self._subject.request(self._question, {"If-None-Match": self.tag or ""})
            answer = self._connection.ask(request, (200, NOT_MODIFIED))
            if answer.status == NOT_MODIFIED:
                return answer.seconds
            self.tag = answer.headers.get("etag")
        raise StoreError(f"{self._subject.name} answers its own tag {self.tag} with 200")


def _pull(subject: Subject, question: Question, ended: Event) -> int:
    """How many answers came until the end."""
    count, request = 0, subject.request(question)
    with Connection(subject.address) as connection:
        while not ended.is_set():
            connection.ask(request)
            count += 1
    return count


def _once(subject: Subject, question: Question) -> bytes:
    with Connection(subject.address) as connection:
        return connection.ask(subject.request(question)).body


def _asking(connection: Connection, request: bytes) -> Callable[[], float]:
    return lambda: connection.ask(request).seconds
