"""How a readings file is opened: plain, or encrypted with a key that stands in no statement and no message.

DuckDB writes encrypted files with OpenSSL alone, which its extension httpfs brings; the cryptography built into it
only reads, and says of its own writing that it is unsafe. The extension is loaded from the installed package
`duckdb-extension-httpfs`, nothing is downloaded, and the ways to the network that it brings are shut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import duckdb

from graph.errors import ConfigurationError
from hub.settings import READINGS_KEY, readings_key

KEY_LETTERS_MIN = 32  # DuckDB makes the key of the text with one fast hash: a shorter text could be guessed
NAME = "readings"  # what an encrypted file is called inside; a plain one is called after its file

Settings: TypeAlias = Mapping[str, str | int | float | list[str]]
_EXTENSION = "duckdb_extension_httpfs"
_WAYS_OUT = "HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem"


@dataclass(frozen=True)
class Key:
    """The text a readings file is encrypted with. It is shown nowhere, not even by its own repr."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.text) < KEY_LETTERS_MIN:
            raise ConfigurationError(
                "secrets",
                [f"{READINGS_KEY}: expected at least {KEY_LETTERS_MIN} letters, came {len(self.text)}"],
            )


def key_of_environment() -> Key | None:
    """The key this process was given; none: its readings are not encrypted."""
    text = readings_key()
    return None if text is None else Key(text)


@dataclass(frozen=True)
class Opened:
    """A connection, and the name of the file on it where that is not the connection's own."""

    connection: duckdb.DuckDBPyConnection
    name: str | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor that speaks of the file."""
        cursor = self.connection.cursor()
        if self.name is not None:
            cursor.execute(f"USE {self.name}")  # a cursor does not take over what its connection uses
        return cursor


def opened(path: Path | None, key: Key | None, settings: Settings, *, read_only: bool = False) -> Opened:
    """Open or create the file, in memory without a path. Raises duckdb.Error as DuckDB says it."""
    if path is None or key is None:
        name = str(path) if path else ":memory:"
        return Opened(duckdb.connect(name, config=dict(settings), read_only=read_only))
    connection = duckdb.connect(":memory:", config={**settings, "temp_directory": f"{path}.tmp"})
    try:
        connection.execute("SET GLOBAL temp_file_encryption = true")
        if not read_only:
            _load_writing(connection)
        attach(connection, path, NAME, key, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return Opened(connection, NAME)


def attach(
    cursor: duckdb.DuckDBPyConnection, path: Path, name: str, key: Key | None, *, read_only: bool = False
) -> None:
    """Attach a file beside the one a cursor speaks of. The key is bound, never part of the statement."""
    options = [
        *(["READ_ONLY"] if read_only else []),
        *(["ENCRYPTION_KEY $key"] if key else []),
    ]
    quoted = str(path).replace("'", "''")  # the grammar takes no parameter for the file's name
    statement = f"ATTACH '{quoted}' AS {name}" + (f" ({', '.join(options)})" if options else "")
    cursor.execute(statement, {"key": key.text} if key else None)


@contextmanager
def looked_into(path: Path, key: Key | None, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A file opened for reading, by an engine of its own."""
    found = opened(path, key, settings, read_only=True)
    try:
        yield found.cursor()
    finally:
        found.connection.close()


def _load_writing(connection: duckdb.DuckDBPyConnection) -> None:
    quoted = str(_extension()).replace("'", "''")
    connection.execute(f"LOAD '{quoted}'")
    connection.execute(f"SET GLOBAL disabled_filesystems = '{_WAYS_OUT}'")


def _extension() -> Path:
    """Where the installed extension lies. Raises ConfigurationError where there is none of this DuckDB."""
    spec = find_spec(_EXTENSION)
    version = f"v{duckdb.__version__}"
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "extensions" / version / "httpfs.duckdb_extension"
        if path.is_file():
            return path
    why = (
        f"{READINGS_KEY} is set, and DuckDB {version} writes encrypted files only with its extension httpfs: "
        "pip install 'nengshu[encryption]'"
    )
    raise ConfigurationError("encryption", [why])
