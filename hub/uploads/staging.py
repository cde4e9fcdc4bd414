"""Where uploads wait until they are whole: two files each, and nothing is acknowledged that is not on the disk.

`<id>.json` says what is known of it and is replaced as a whole; `<id>.bytes` holds what came, of which only the first
`offset` bytes count. So a hub that is killed finds each upload as it was last acknowledged.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from graph.errors import Conflict, InvalidInput, NotFound, StoreError, TooLarge
from graph.ports import Clock
from hub.stores.readings.whole_files import part_of, settle, sync_folder
from hub.uploads.settings import UploadSettings
from hub.uploads.upload import OPEN, Asked, State, Upload

RECORDS_MAX = 1_000  # uploads that are over and still told of; the oldest gives way
_RECORD, _BYTES, _SCRATCH = ".json", ".bytes", ".scratch"


class NoRoom(Exception):
    """There is no room for an upload, or for more of one, now; later there may be."""


@dataclass(frozen=True)
class Bounds:
    """How much may be staged: bytes of one upload, uploads open in all and of one client, bytes of disk left free."""

    bytes_max: int
    uploads_max: int
    each_max: int
    free_bytes_min: int
    age_s: float

    @classmethod
    def of(cls, settings: UploadSettings) -> Bounds:
        """As the settings say."""
        return cls(
            settings.upload_bytes_max,
            settings.uploads_max,
            settings.uploads_each_max,
            settings.disk_free_min,
            settings.upload_hours * 3600,
        )


class Staging:
    """The uploads of one hub, in a folder that is its own. Any thread may call; of one upload one at a time writes."""

    def __init__(self, folder: Path, bounds: Bounds, clock: Clock) -> None:
        """Take up what is there. A record is whole or was never acknowledged; bytes without one are thrown away.

        Folders are not ours: a disk of its own has its `lost+found`.
        Raises StoreError for a record that somebody else wrote in.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self.bounds, self._clock = folder, bounds, clock
        self._lock = threading.Lock()
        self._uploads = {path.stem: _read(path) for path in folder.glob(f"*{_RECORD}")}
        for path in folder.iterdir():
            is_ours = path.suffix in (_RECORD, _BYTES) and path.stem in self._uploads
            if not is_ours and not path.is_dir():
                path.unlink()

    def find(self, client: str, name: str) -> Upload:
        """An upload of this client's. Raises NotFound, for anybody else's too."""
        found = self._uploads.get(name)
        if found is None or found.asked.client != client:
            raise NotFound(f"{client} has no upload {name[:64]!r}")
        return found

    def create(self, asked: Asked, length: int | None) -> tuple[Upload, bool]:
        """The upload of this key, and whether it is new.

        Raises Conflict when the key stands for something else, TooLarge beyond the largest upload, NoRoom.
        """
        self._check_length(length)
        with self._lock:
            known = self._uploads.get(asked.id)
            if known is not None:
                same_length = length is None or known.length is None or known.length == length
                if known.asked != asked or not same_length:
                    raise Conflict(f"{asked.client} used the key {asked.key!r} before for another upload")
                return known, False
            self._check_room(asked.client)
            now = self._clock.now()
            made = Upload(asked, now, now, length=length)
            self.path(made).touch(mode=0o600)
            self._write(made)
            return made, True

    def _check_length(self, length: int | None) -> None:
        if length is not None and length > self.bounds.bytes_max:
            raise TooLarge(f"{length} bytes, at most {self.bounds.bytes_max} in one upload", "Upload-Length")

    def _check_room(self, client: str) -> None:
        still = [one for one in self._uploads.values() if one.state in OPEN]
        if len(still) >= self.bounds.uploads_max:
            raise NoRoom(f"at most {self.bounds.uploads_max} uploads at once; come again later")
        if sum(one.asked.client == client for one in still) >= self.bounds.each_max:
            raise NoRoom(f"at most {self.bounds.each_max} uploads of one client at once; end one first")
        self.check_disk(0)

    def check_disk(self, size: int) -> None:
        """Raise NoRoom where so many bytes more would leave less disk free than the bound."""
        if shutil.disk_usage(self._folder).free - size < self.bounds.free_bytes_min:
            raise NoRoom(
                f"less than {self.bounds.free_bytes_min} bytes of disk would be left; come again later"
            )

    def appending(self, upload: Upload, length: int | None) -> Part:
        """Room for more of an upload, behind what counts of it; what lies there of a part that broke off is cut."""
        self._check_length(length)
        if upload.length is not None and length not in (None, upload.length):
            raise InvalidInput(f"came {length}, was {upload.length} before", "Upload-Length")
        if length is not None and length < upload.offset:
            raise InvalidInput(f"came {length}, and {upload.offset} bytes are here", "Upload-Length")
        return Part(self, upload, length if upload.length is None else upload.length)

    def keep(self, upload: Upload) -> Upload:
        """Know this of it from now on, through a power cut too. Raises NotFound where it was forgotten meanwhile."""
        kept = msgspec.structs.replace(upload, changed_at=self._clock.now())
        with self._lock:
            if kept.id not in self._uploads:  # its bytes are gone, so nothing of it may be acknowledged
                raise NotFound(f"{kept.asked.client}'s upload {kept.id} was too old and is forgotten")
            self._write(kept)
        return kept

    def drop(self, upload: Upload) -> None:
        """Forget an upload and its bytes. Raises Conflict while it is being booked, NotFound once it is forgotten."""
        with self._lock:
            if self.find(upload.asked.client, upload.id).state is State.BOOKING:
                raise Conflict(f"upload {upload.id} is whole and being booked")
            self._forget(upload.id)

    def settle(self, upload: Upload) -> None:
        """An upload is over: its bytes go, what became of it stays for a while."""
        self.keep(upload)
        for path in (self.path(upload), self.scratch(upload)):
            path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Forget what nobody went on with, and what was over, longer ago than the bound."""
        now, over = self._clock.now(), 0
        with self._lock:
            for one in sorted(self._uploads.values(), key=lambda found: found.changed_at, reverse=True):
                over += one.state not in OPEN
                is_old = (now - one.changed_at).total_seconds() > self.bounds.age_s
                if one.state is not State.BOOKING and (is_old or over > RECORDS_MAX):
                    self._forget(one.id)

    def whole(self) -> list[Upload]:
        """Those to be booked, in the order they were completed."""
        found = [one for one in self.uploads.values() if one.state is State.BOOKING]
        return sorted(found, key=lambda one: one.changed_at)

    @property
    def uploads(self) -> Mapping[str, Upload]:
        """All of them by name."""
        with self._lock:
            return dict(self._uploads)

    def path(self, upload: Upload) -> Path:
        """The file of its bytes."""
        return self._folder / f"{upload.id}{_BYTES}"

    def scratch(self, upload: Upload) -> Path:
        """A file that booking it may need."""
        return self._folder / f"{upload.id}{_SCRATCH}"

    def _write(self, upload: Upload) -> None:
        record = self._folder / f"{upload.id}{_RECORD}"
        part = part_of(record)
        part.write_bytes(msgspec.json.encode(upload))
        settle(part, record)
        self._uploads[upload.id] = upload

    def _forget(self, name: str) -> None:
        for suffix in (_RECORD, _BYTES, _SCRATCH):
            (self._folder / f"{name}{suffix}").unlink(missing_ok=True)
        sync_folder(self._folder)
        del self._uploads[name]


class Part:
    """Some more bytes of an upload: written as they come, counted once they are durable."""

    def __init__(self, staging: Staging, upload: Upload, length: int | None) -> None:
        self.upload, self._length, self._staging = upload, length, staging
        self._file: BinaryIO = staging.path(upload).open("r+b", buffering=0)
        self._file.truncate(upload.offset)
        self._file.seek(upload.offset)
        self.end = upload.offset

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _fault: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, some: bytes) -> None:
        """Append. Raises TooLarge beyond the largest upload, InvalidInput beyond its length, NoRoom."""
        end, bytes_max = self.end + len(some), self._staging.bounds.bytes_max
        if self._length is not None and end > self._length:
            raise InvalidInput(f"{end} bytes came, {self._length} were said", "Upload-Length")
        if end > bytes_max:
            raise TooLarge(f"more than {bytes_max} bytes", "upload")
        self._staging.check_disk(len(some))
        rest = memoryview(some)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.end = end

    def count(self) -> Upload:
        """What was written counts: it is on the disk when this returns."""
        os.fsync(self._file.fileno())
        changed = msgspec.structs.replace(self.upload, offset=self.end, length=self._length)
        self.upload = self._staging.keep(changed)
        return self.upload

    def complete(self) -> Upload:
        """What was written counts and is all. Raises InvalidInput where more was said to come; then it counts too."""
        counted = self.count()
        if counted.length not in (None, counted.offset):
            raise InvalidInput(
                f"{counted.offset} bytes are here, {counted.length} were said", "Upload-Length"
            )
        changed = msgspec.structs.replace(counted, length=counted.offset, state=State.BOOKING)
        self.upload = self._staging.keep(changed)
        return self.upload


def _read(record: Path) -> Upload:
    try:
        return msgspec.json.decode(record.read_bytes(), type=Upload)
    except msgspec.DecodeError as fault:
        raise StoreError(f"{record} is no record of an upload: {fault}; move it away") from fault
