"""A whole upload becomes batches with keys of their own, so that whoever begins again ends the same.

    key, bytes -> pieces -> batch <key>#1, <key>#2, … -> one summed receipt

What was booked before an end that came too early is known by its key and only counted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import closing

import msgspec

from graph.errors import Conflict, InvalidInput, MalformedBody
from graph.model.reading import Arrived
from graph.model.sync_run import Receipt
from graph.ports import Delivery
from hub.uploads.staging import Staging
from hub.uploads.upload import Booked, Fault, State, Upload
from provincial_adapters._batches.pieces import Content, pieces_of


class Booking:
    """One upload being booked, a step at a time; each step is one batch of bounded memory."""

    def __init__(self, staging: Staging, upload: Upload, take: Callable[[Delivery], Receipt]) -> None:
        self.upload, self.booked = upload, Booked()
        self._staging, self._take = staging, take
        self._steps = self._run()

    def step(self) -> bool:
        """Book one more batch; False once the upload is over, a good or a bad end. Raises StoreError, NoRoom, OSError."""
        try:
            return next(self._steps, False)
        except (InvalidInput, Conflict) as fault:
            self.fail(fault.code, str(fault))
            return False

    def fail(self, code: str, why: str) -> None:
        """It is over, and this is why; what was booked stays booked, and is told."""
        self._settle(State.FAILED, Fault(code, why))

    def close(self) -> None:
        """Let go of its files."""
        self._steps.close()

    def _run(self) -> Generator[bool]:
        asked = self.upload.asked
        digest = self._digest()
        with closing(self._pieces()) as pieces:
            for number, arrived in enumerate(pieces, 1):
                of_batch = hashlib.sha256(f"{digest}#{number}".encode()).hexdigest()
                key = f"{asked.key}#{number}"
                receipt = self._take(Delivery(asked.client, key, of_batch, arrived, asked.reach))
                self.booked = self.booked.plus(receipt)
                yield True
        self._settle(State.DONE, None)

    def _pieces(self) -> Generator[Arrived]:
        asked, staging = self.upload.asked, self._staging
        content = Content(
            path=staging.path(self.upload),
            content_type=asked.content_type,
            encoding=asked.encoding,
            bytes_max=staging.bounds.bytes_max,
            scratch=staging.scratch(self.upload),
            check_room=staging.check_disk,
        )
        return pieces_of(content)

    def _digest(self) -> str:
        """Of the whole as it was sent. Raises MalformedBody when it is another than was said."""
        with self._staging.path(self.upload).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        said = self.upload.asked.digest
        if said not in (None, found):
            raise MalformedBody("the SHA-256 of the whole is another", "Repr-Digest")
        return found

    def _settle(self, state: State, fault: Fault | None) -> None:
        self.upload = msgspec.structs.replace(self.upload, state=state, booked=self.booked, fault=fault)
        self._staging.settle(self.upload)
