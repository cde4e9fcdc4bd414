"""Settings from the environment (NENGSHU_…), all faults told at once.

Nothing secret is a default. A link names its secret; the value stands in NENGSHU_SECRET_<NAME>.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from graph.errors import ConfigurationError, InvalidInput, MalformedCode
from graph.model.period import Quarter
from graph.model.principal import NATION, Reach
from graph.model.region import CORPS, DivisionTree, RegionCode
from hub.access.people.settings import SignInSettings
from hub.link_settings import LinkSettings
from hub.stores.quarantine.settings import QuarantineSettings
from hub.uploads.settings import UploadSettings
from national_sync.duties import FIRST_QUARTER


class Questions(StrEnum):
    """What is answered: any question, or trusted documents alone."""

    ANY = "any"
    TRUSTED = "trusted"


MEGABYTE = 1024 * 1024
SEND_SECONDS = 60  # a reader that is slow, and not gone, takes some of an answer in less
READINGS_KEY = "NENGSHU_READINGS_KEY"  # no NENGSHU_SECRET_…: a link may name any of those and send it away


class Settings(UploadSettings, QuarantineSettings, LinkSettings, SignInSettings):
    """How one hub runs."""

    model_config = SettingsConfigDict(env_prefix="NENGSHU_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("nengshu-data"), description="Folder of the registry, the readings and the keys."
    )
    name: str = Field(
        default="nengshu", description="What this hub calls itself in receipts and on pages.", max_length=64
    )
    region: str | None = Field(
        default=None, description="Six digits of the province a provincial hub serves; none: the nation."
    )
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; a reverse proxy stands in front of it."
    )
    port: int = Field(default=8424, description="Port to listen on; 0 takes a free one.", ge=0, le=65535)
    public_url: str | None = Field(
        default=None, description="Address devices and people reach the hub at, when a proxy stands in front."
    )
    body_bytes_max: int = Field(
        default=256 * MEGABYTE, description="Largest body of an upload, in bytes.", gt=0
    )
    bodies_bytes_max: int = Field(
        default=512 * MEGABYTE,
        description="Bytes of bodies in memory at once, of batches and again of devices; more get 429.",
        gt=0,
    )
    body_seconds_max: float = Field(
        default=120, description="Longest time a body may take to arrive, in seconds.", gt=0
    )
    first_quarter: str = Field(
        default=str(FIRST_QUARTER),
        description="First quarter of which provinces owe a report, such as 2019Q1.",
    )
    live_seconds: float = Field(
        default=5,
        description="Seconds a province's hub may take to answer a live question, waiting for its turn included.",
        gt=0,
        le=60,
    )
    live_bytes_max: int = Field(
        default=4 * MEGABYTE,
        description="Largest answer of a province's hub to a live question, in bytes.",
        gt=0,
    )
    concurrency_max: int = Field(default=64, description="Requests answered at once; more get 503.", gt=0)
    reader_threads: int = Field(
        default=4,
        description="Questions to the stores at once; each has one core, and all of them while one reads much.",
        gt=0,
    )

    questions: Questions = Field(
        default=Questions.ANY,
        description="What is answered: `any` question, or `trusted` documents alone, and the rest to the role explore.",
    )
    questions_by_get: bool = Field(
        default=False,
        description="Whether a question may travel in an address (GET), which proxies log; a mutation never may.",
    )
    schema_open: bool = Field(
        default=False,
        description="Whether `__schema` tells the whole schema and errors suggest names; GraphiQL here needs neither.",
    )

    graphiql: bool = Field(
        default=True,
        description="Whether the page GraphiQL is served; without it its address is a 404 and no page leads there.",
    )

    streams_max: int = Field(
        default=32,
        description="Sockets and event streams open at once, of the requests answered at once; more get 429.",
        gt=0,
    )
    operations_max: int = Field(
        default=20, description="Questions and subscriptions under way in one socket at once.", gt=0
    )
    subscriptions_max: int = Field(
        default=200, description="Subscriptions of all sockets and event streams at once.", gt=0
    )
    events_waiting_max: int = Field(
        default=1_000, description="Events kept for one slow subscription; with one more it ends.", gt=0
    )
    stream_look_seconds: float = Field(
        default=5,
        description="Seconds between two looks whether who listens on a socket or event stream still may.",
        gt=0,
    )
    duty_look_seconds: float = Field(
        default=60, description="Seconds between two looks for duties that have become due.", gt=0
    )
    stream_sign_seconds: float = Field(
        default=15, description="Seconds between two signs of life on a socket or event stream.", gt=0
    )

    exports_max: int = Field(default=8, description="Exports under way at once; more get 429.", gt=0)
    exports_each_max: int = Field(
        default=2, description="Exports of one client under way at once; more get 429.", gt=0
    )
    send_seconds: float = Field(
        default=SEND_SECONDS,
        description="Seconds a reader may take for the next 64 KiB of an export; twice that for anything of any answer.",
        gt=0,
        le=3600,
    )

    consumption_uses: str = Field(
        default="11",
        description="Uses of data codes that count as a unit's consumption: two digits each, commas between.",
    )
    corps_code: str = Field(
        default=CORPS,
        description="First two digits under which the Corps stands, before the first start; GB/T 2260 has none.",
    )

    @field_validator("consumption_uses")
    @classmethod
    def _are_uses(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{2}(,[0-9]{2})*", value, re.ASCII):
            raise ValueError("expected uses of two digits with commas between, as in 11,12")
        return value

    @field_validator("first_quarter")
    @classmethod
    def _is_a_quarter_of_the_order(cls, value: str) -> str:
        try:
            quarter = Quarter.parse(value)
        except InvalidInput as fault:
            raise ValueError(str(fault)) from fault
        if quarter < FIRST_QUARTER:
            raise ValueError(f"expected {FIRST_QUARTER} or later: the order asks for no report before")
        return str(quarter)

    @field_validator("corps_code")
    @classmethod
    def _is_corps(cls, value: str) -> str:
        try:
            DivisionTree(corps=value)
        except InvalidInput as fault:
            raise ValueError(str(fault)) from fault
        return value

    @field_validator("bodies_bytes_max")
    @classmethod
    def _holds_the_largest(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("body_bytes_max", 0):
            raise ValueError("expected at least body_bytes_max, or the largest body never gets in")
        return value

    @field_validator("streams_max")
    @classmethod
    def _leaves_room(cls, value: int, info: ValidationInfo) -> int:
        if value >= info.data.get("concurrency_max", value + 1):
            raise ValueError("expected less than concurrency_max, or open streams keep all questions out")
        return value

    @field_validator("region")
    @classmethod
    def _is_region(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                RegionCode(value)
            except MalformedCode as fault:
                raise ValueError(str(fault)) from fault
        return value

    @property
    def reach(self) -> Reach:
        """What part of the country this hub speaks for."""
        return Reach(region=RegionCode(self.region)) if self.region else NATION

    @property
    def first_report(self) -> Quarter:
        """The first quarter of which provinces owe a report."""
        return Quarter.parse(self.first_quarter)

    @property
    def uses(self) -> tuple[str, ...]:
        """The data codes' uses that count as consumption, each once."""
        return tuple(dict.fromkeys(self.consumption_uses.split(",")))

    @property
    def divisions(self) -> DivisionTree:
        """The country's divisions as this hub numbers them."""
        return DivisionTree(corps=self.corps_code)

    @property
    def base_url(self) -> str:
        """The address devices are told to call."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def registry_url(self) -> str:
        """SQLAlchemy address of the registry."""
        return f"sqlite:///{self.registry_path}"

    @property
    def registry_path(self) -> Path:
        """The registry's SQLite file."""
        return self.data_dir / "registry.sqlite"

    @property
    def door_path(self) -> Path:
        """The file of the door: sessions, what counts once, the record of access."""
        return self.data_dir / "door.sqlite"

    @property
    def exports_path(self) -> Path:
        """The folder of exports that are being made; what a hub finds there when it starts, it deletes."""
        return self.data_dir / "exports"

    @property
    def quarantine_path(self) -> Path:
        """The folder of rows that wait as they came."""
        return self.data_dir / "quarantine"

    @property
    def readings_path(self) -> Path:
        """The DuckDB file."""
        return self.data_dir / "readings.duckdb"


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, the given ones first. Raises ConfigurationError naming every fault."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type] # pydantic checks them
    except ValidationError as fault:
        faults = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}, came {e['input']!r}" for e in fault.errors()]
        raise ConfigurationError("settings", faults) from fault


def variable_of(name: str) -> str:
    """The variable of the environment that holds a named secret."""
    return f"NENGSHU_SECRET_{name.upper().replace('-', '_')}"


def secret(name: str) -> str:
    """The value of a named secret. Raises ConfigurationError when the environment does not have it."""
    variable = variable_of(name)
    value = os.environ.get(variable)
    if not value:
        raise ConfigurationError("secrets", [f"{variable} is not set, and a link names {name!r}"])
    return value


def readings_key() -> str | None:
    """The key the readings are encrypted with; None: they are not. Raises ConfigurationError for an empty one."""
    value = os.environ.get(READINGS_KEY)
    if value == "":  # whoever set it meant to encrypt
        raise ConfigurationError("secrets", [f"{READINGS_KEY} is empty: expected a key, or no such variable"])
    return value
