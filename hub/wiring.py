"""The only place that makes things: stores, intake, access, schema, out of settings and a clock."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from graph.errors import ConfigurationError
from graph.model.monthly import Tolerance
from graph.model.principal import Principal
from graph.ports import Clock, Events, Sources
from graph.schema import shared_schema
from hub.access.gatekeeper import Gatekeeper
from hub.access.oauth.keyring import Keyring
from hub.access.oauth.server import OAuth
from hub.access.people.opening import rules_of
from hub.access.people.people import People, Stores
from hub.access.sealing import Seal, key_of
from hub.access.sources import sources_of
from hub.data_folder import clear_exports, make_usable
from hub.device_readings import DeviceReadings
from hub.device_sides import ak_of, nhjc04_of
from hub.devices import provinces_of
from hub.documents import TrustedDocuments, own_questions
from hub.events import Broadcast
from hub.leasing import Leasing
from hub.link_tokens import LinkTokens
from hub.links import waiting
from hub.live import LiveHubs
from hub.pulled import PulledNouns
from hub.rights import checks
from hub.run_figures import RunFigures
from hub.settings import Settings
from hub.stores.door.devices_seen import NOUN as DEVICE_SEEN
from hub.stores.door.door import Door
from hub.stores.door.trail import NOUN as TRAIL
from hub.stores.door.trail import Trail
from hub.stores.quarantine.files import Folder
from hub.stores.quarantine.quarantine import Quarantine
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.witness import Witness
from hub.stores.registry.database import check_is_current, migrate, open_engine
from hub.stores.registry.registry import Registry
from hub.stores.registry.seed import seed
from hub.stores.together import Together
from hub.telling import TellingSink
from hub.uploads.staging import Bounds as UploadBounds
from hub.uploads.staging import Staging
from hub.witnessing import Witnesses
from national_sync.intake import Intake, all_rules
from provincial_adapters import Bounds
from provincial_adapters.nhjc04 import AccessDevices
from provincial_adapters.nhjc_ak import AkDevices

if TYPE_CHECKING:
    from strawberry import Schema

LOOKUPS_AT_ONCE = 2  # each is a row or two of the registry
UPLOADS_AT_ONCE = 2  # one is decoded while another is written; each may unpack to the largest body
SMALL_BODY = 64 * 1024  # bytes of an upload's text, unpacked: some hundred readings, few megabytes as columns
SMALL_UPLOADS_AT_ONCE = 12  # they share the writer's transactions; each holds a connection for a while
MARK_DIGITS = 12  # of what tells hubs of one name apart
UPLOADS_WAITING_MAX = 16  # for their lane; each holds its body, and the last is stored within a minute
SMALL_UPLOADS_WAITING_MAX = (
    48  # a dozen are stored in a tenth of a second; the rest of all requests is for questions
)
EXPORTS_AT_ONCE = 2  # of their steps, a tenth of a second each: more would only share the same interpreter


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Hub:
    """One hub, whole: what endpoints and commands are given.

    The limiters are lanes, and what waits in one holds up no other. `lookups`: who asks, and devices' first steps.
    `readers`: questions. `uploads`: bodies from decoding to receipt, `small_uploads` texts up to SMALL_BODY.
    `exports`: files being written, a step at a time. `writers`: what is written; the stores themselves have one writer
    at a time, who writes for all who wait.
    """

    settings: Settings
    clock: Clock
    registry: Registry
    store: ReadingsStore
    events: Broadcast
    intake: Intake
    quarantine: Quarantine
    staging: Staging
    door: Door
    trail: Trail
    pulled: PulledNouns
    oauth: OAuth
    people: People
    gatekeeper: Gatekeeper
    make_schema: Callable[[], Schema]
    devices: AccessDevices
    ak: AkDevices
    live: LiveHubs
    documents: TrustedDocuments
    lookups: anyio.CapacityLimiter
    readers: anyio.CapacityLimiter
    uploads: anyio.CapacityLimiter
    small_uploads: anyio.CapacityLimiter
    exports: anyio.CapacityLimiter
    writers: anyio.CapacityLimiter
    leasing: Leasing
    run_figures: RunFigures

    @property
    def schema(self) -> Schema:
        """The schema, made once it is asked for: a command that asks nothing spares a third of its time."""
        return self.make_schema()

    def sources_of(self, asker: Principal, events: Events | None = None) -> Sources:
        """What the stores answer to this asker: no other way leads from a request to them."""
        whole = Sources(
            registry=Together(self.registry, {TRAIL: self.trail, DEVICE_SEEN: self.door.devices}),
            ledger=self.store,
            figures=self.store,
            states=self.store,
            clock=self.clock,
            writer=self.registry,
            live=self.live,
            events=events or self.events,
            waiting=waiting(),
        )
        return sources_of(whole, asker)

    def lane_of(self, *, small: bool) -> anyio.CapacityLimiter:
        """Where an upload waits its turn; it is `small` when it is text that unpacks to SMALL_BODY at most."""
        return self.small_uploads if small else self.uploads

    def has_room(self, *, small: bool) -> bool:
        """Whether one more may wait there."""
        most = SMALL_UPLOADS_WAITING_MAX if small else UPLOADS_WAITING_MAX
        return self.lane_of(small=small).statistics().tasks_waiting < most


@contextmanager
def open_hub(settings: Settings, clock: Clock | None = None) -> Iterator[Hub]:
    """A hub over the stores of `settings.data_dir`, made on first use and closed at the end.

    Raises ConfigurationError when the folder cannot be used, StoreError when another process holds the readings file.
    """
    clock = clock or SystemClock()
    registry = open_registry(settings, clock)
    with (
        closing(registry),
        closing(Door.open(settings.door_path, clock)) as door,
        closing(Trail.open(settings.door_path, settings.registry_path)) as trail,
        closing(_open_store(settings, registry, clock, Witnesses(registry, door.devices))) as store,
    ):
        oauth, people = _oauth(settings, registry, door, clock), _people(settings, registry, door, clock)
        holder = _taking_over(settings, registry, clock)
        events = Broadcast(settings.subscriptions_max, settings.events_waiting_max)
        quarantine = open_quarantine(settings, registry, clock)
        quarantine.clean()
        sink = TellingSink(store, events)
        intake = Intake(registry, sink, clock, all_rules())
        readings = DeviceReadings(intake, sink, quarantine, clock)
        yield Hub(
            settings=settings,
            clock=clock,
            registry=registry,
            store=store,
            events=events,
            intake=intake,
            quarantine=quarantine,
            staging=Staging(settings.data_dir / "uploads", UploadBounds.of(settings), clock),
            door=door,
            trail=trail,
            pulled=PulledNouns(registry),
            oauth=oauth,
            people=people,
            gatekeeper=Gatekeeper(oauth.verifier, people.gate),
            make_schema=partial(shared_schema, is_open=settings.schema_open),
            devices=nhjc04_of(settings, clock, registry, door, readings),
            ak=ak_of(settings, clock, registry, door, readings),
            live=_live(settings, registry),
            documents=TrustedDocuments(registry.documents, own_questions(), registry.version),
            lookups=anyio.CapacityLimiter(LOOKUPS_AT_ONCE),
            readers=anyio.CapacityLimiter(settings.reader_threads),
            uploads=anyio.CapacityLimiter(UPLOADS_AT_ONCE),
            small_uploads=anyio.CapacityLimiter(SMALL_UPLOADS_AT_ONCE),
            exports=anyio.CapacityLimiter(EXPORTS_AT_ONCE),
            writers=anyio.CapacityLimiter(UPLOADS_AT_ONCE + SMALL_UPLOADS_AT_ONCE),
            leasing=Leasing(registry.leases, holder, clock),
            run_figures=RunFigures(),
        )


def _taking_over(settings: Settings, registry: Registry, clock: Clock) -> str:
    """What this hub is called as it holds links; who held the store before is gone, and what they left is cleared."""
    holder = holder_of(settings)
    registry.leases.let_go(holder)
    registry.close_orphans(clock.now(), holder)
    clear_exports(settings.exports_path)
    return holder


def open_registry(
    settings: Settings, clock: Clock | None = None, regions: Sequence[Mapping[str, Any]] | None = None
) -> Registry:
    """The registry alone, migrated and with its first rows; several processes may hold it.

    A new registry gets the real provinces, or `regions` where a simulation brings its own.
    Raises ConfigurationError when the folder cannot be used, StoreError when what is in it cannot.
    """
    make_usable(settings.data_dir)
    engine = open_engine(settings.registry_url)
    migrate(engine)
    decides = checks(settings.reach, lambda unit, link: provinces_of(registry, unit, link))
    registry = Registry(engine, clock or SystemClock(), settings.divisions, decides)
    if regions is not None:
        registry.upsert("region", regions, "simulation")
    seed(registry, settings.divisions)
    return registry


def open_to_look(settings: Settings, clock: Clock) -> Registry:
    """The registry for who only looks, beside a hub that may be running: nothing can be written through it.

    Raises ConfigurationError where there is none, StoreError where another version of this program wrote it.
    """
    if not settings.registry_path.is_file():
        raise ConfigurationError("data folder", [f"{settings.data_dir} holds no registry yet"])
    engine = open_engine(settings.registry_url, only_look=True)
    check_is_current(engine)
    return Registry(engine, clock, settings.divisions)


def _live(settings: Settings, registry: Registry) -> LiveHubs:
    return LiveHubs(registry.links, LinkTokens(), Bounds(settings.live_bytes_max, settings.live_seconds))


def _open_store(settings: Settings, registry: Registry, clock: Clock, witness: Witness) -> ReadingsStore:
    tolerance = Tolerance(settings.monthly_tolerance)
    return ReadingsStore(settings.readings_path, registry, clock, settings.uses, tolerance, witness)


def open_quarantine(settings: Settings, registry: Registry, clock: Clock) -> Quarantine:
    """Where rows wait; who owns the data folder cleans it, others only look."""
    folder = Folder(settings.quarantine_path)
    return Quarantine(folder, registry.waiting_rows, clock, settings.quarantine_bounds)


def holder_of(settings: Settings) -> str:
    """What this hub is called as it holds links: one name for each data folder, whatever process has it open."""
    mark = hashlib.sha256(key_of(settings.data_dir / "holder.key")).hexdigest()[:MARK_DIGITS]
    return f"{settings.name}#{mark}"


def keyring_of(settings: Settings, registry: Registry, clock: Clock) -> Keyring:
    """The keys that access tokens are signed with, sealed with the key of the data folder."""
    return Keyring(registry.signing_keys, _seal(settings), clock, registry.access_version)


def _seal(settings: Settings) -> Seal:
    return Seal(key_of(settings.data_dir / "access.key"))


def _oauth(settings: Settings, registry: Registry, door: Door, clock: Clock) -> OAuth:
    return OAuth(
        base_url=settings.base_url,
        keyring=keyring_of(settings, registry, clock),
        clients=registry.clients,
        revoked=registry.revoked_tokens,
        once=door.once,
        log=door.log,
        clock=clock,
        version=registry.access_version,
    )


def _people(settings: Settings, registry: Registry, door: Door, clock: Clock) -> People:
    stores = Stores(
        accounts=registry.accounts,
        sessions=door.sessions,
        attempts=door.attempts,
        once=door.once,
        pending=door.pending,
        log=door.log,
        sealing=_seal(settings),
    )
    return People(rules_of(settings), stores, clock, registry.access_version)
