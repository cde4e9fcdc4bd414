"""`nengshu demo`: a small invented nation on this machine."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
import uvicorn
from rich import box
from rich.console import Console
from rich.json import JSON
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table

from graph.errors import SourceRefused, SourceUnreachable
from graph.model.period import Period, Quarter, beijing_day
from graph.model.principal import Role
from hub.access.machine import Credential, OwnTokens
from hub.cli import sync as syncing
from hub.cli._demo_entrance import DOORS as ENTRANCE_DOORS
from hub.cli._demo_entrance import Entrance, entrance_route
from hub.cli._ending import Ending
from hub.cli._options import PORT_MAX, command_app
from hub.cli.serve import HubServer, listening, server_of
from hub.endpoints.at_the_door import kept
from hub.link_tokens import means_of
from hub.links import chosen
from hub.reconciling import reconcile_and_keep
from hub.settings import Settings
from hub.simulate.children import Children, until_ready
from hub.simulate.metered import MeteredUnit
from hub.simulate.nation import Nation
from hub.simulate.stage import Stage, machine
from hub.wiring import Hub, open_hub, open_registry
from provincial_adapters import open_client

app = command_app()
LOOPBACK = "127.0.0.1"
AGENCY = {
    "key": "agency", "name": "虚构国家部门", "kind": "national_agency", "parts": "plans instruments",
}  # fmt: skip
SYNC_SECONDS = 60  # once it serves, its links are run each minute
RECONCILED_DAYS = 400  # that a night compares
out = Console()

PROGRESS = """query Progress($quarter: String!) {
  constructionProgress(quarter: $quarter) {
    provinces { name mode stage unitsDue connected overdue }
    unitsDue connected overdue
  }
}"""
BALANCE = """query Energy($from: Date!, $to: Date!) {
  energyBalance(period: {from: $from, to: $to}, groupBy: [KIND]) {
    rows { kind quantity measure tce edition readings withoutCoefficient }
    totalTce
  }
}"""


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after printing; nothing keeps running.")] = False,
    port: Annotated[
        int, typer.Option(help="Port of the national hub; 0 takes a free one.", min=0, max=PORT_MAX)
    ] = 0,
) -> None:
    """Start a small invented nation, sync it, print its progress, and serve its dashboard until Ctrl-C.

    A provincial hub that the national hub pulls from, a province without a platform whose units upload as
    NHJC-04 devices do, a province that lays down files, and a unit whose three meters the real probe reads.
    The national and the provincial hub compare what they hold, and say whether it is the same.
    Every name is invented. Everything runs on this machine and leaves nothing behind.
    """
    with (
        Ending() as ending,
        listening(LOOPBACK, port) as listener,
        tempfile.TemporaryDirectory(prefix="nengshu-demo-") as folder,
        _first_fault(),
    ):
        asyncio.run(_demo(Path(folder), once, listener, ending))


@contextmanager
def _first_fault() -> Iterator[None]:
    """Of tasks that ended together, what went wrong first is what is told."""
    try:
        yield
    except BaseExceptionGroup as group:
        fault: BaseException = group
        while isinstance(fault, BaseExceptionGroup):
            fault = fault.exceptions[0]
        raise fault from group


async def _demo(folder: Path, once: bool, listener: socket.socket, ending: Ending) -> None:
    ending.cancels_this_task()
    nation = Nation(beijing_day(dt.datetime.now(dt.UTC)))
    settings = Settings(
        data_dir=folder / "nation", host=LOOPBACK, port=listener.getsockname()[1], public_url=None, region=None,
        name="能枢 demo", sync_seconds=SYNC_SECONDS, first_quarter=str(nation.first_quarter),
        graphiql=True,
    )  # fmt: skip
    prepare(settings, nation)
    children = Children(folder)
    with open_hub(settings) as hub:
        async with _serving(hub, listener), httpx.AsyncClient(trust_env=False, timeout=60) as client:
            try:
                await until_ready(client, settings.base_url)
                credential = Credential.parse(
                    machine(hub.registry, "analyst", AGENCY, [Role.READ], settings.base_url)
                )
                unit = await _story(Stage(hub, nation, folder, children, client, _tell))
                token = await OwnTokens("demo", settings.base_url, credential, client).token()
                await _print(client, settings.base_url, token, nation)
                if not once:
                    await unit.go_on()
                    _invite(Entrance(hub), settings.base_url)
                    await asyncio.Event().wait()  # until somebody ends it
            finally:
                await children.stop()


def prepare(settings: Settings, nation: Nation) -> None:
    """A registry of invented regions alone: the real provinces have no place in an invented nation."""
    registry = open_registry(settings, regions=nation.nouns([])["region"])
    registry.close()


class _Beside(HubServer):
    """A web server that leaves Ctrl-C to the command it runs beside."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Captures none."""
        yield


@asynccontextmanager
async def _serving(hub: Hub, listener: socket.socket) -> AsyncIterator[None]:
    """The hub's web server beside the block: it ends with the block, and the block with it."""
    server = _Beside(server_of(hub, hub.settings).config)
    server.config.app.router.routes += kept([entrance_route()], ENTRANCE_DOORS)  # type: ignore[union-attr] # build_app's
    beside = asyncio.current_task()
    task = asyncio.create_task(_serve(server, listener))
    task.add_done_callback(lambda _: server.should_exit or (beside and beside.cancel()))
    try:
        yield
    finally:
        server.should_exit = True
        await task  # and where it failed, that is why the block was cancelled


async def _serve(server: uvicorn.Server, listener: socket.socket) -> None:
    try:
        await server.serve([listener])
    except SystemExit as fault:  # uvicorn's word for a start that failed
        raise SourceUnreachable("the hub's web server did not start; it told why above") from fault
    if not server.should_exit:
        raise SourceUnreachable("the hub's web server ended by itself")


async def _story(stage: Stage) -> MeteredUnit:
    """What happens, in order: a stage is set, meters are read, devices upload, links are synced."""
    await asyncio.to_thread(stage.fill_registry)
    probed = stage.nation.probed
    owner = {"key": "probed", "name": probed.name, "kind": "unit", "unit": probed.code}
    credential = machine(stage.hub.registry, "probe", owner, [Role.UPLOAD], stage.base)
    unit = MeteredUnit(stage.children, stage.folder, probed.code, stage.base, credential)
    async with asyncio.TaskGroup() as group:
        group.create_task(unit.catch_up())
        await stage.set_up()
        await stage.devices()
        runs = await syncing.sync_links(stage.hub, chosen(stage.hub.registry.links(), []))
    _tell(f"the probe read three meters of {probed.name} over Modbus TCP and uploaded their quarter-hours")
    syncing.show(runs)
    await _reconcile(stage)
    return unit


async def _reconcile(stage: Stage) -> None:
    """The provincial hub and this one compare what they hold, as they would by night."""
    period = Period.of_days(stage.nation.today - dt.timedelta(days=RECONCILED_DAYS), stage.nation.today)
    async with open_client() as client:
        for link in stage.hub.registry.links():
            if link.dialect == "hub_graphql":
                done = await reconcile_and_keep(stage.hub, link, period, means_of(client))
                agree = "both ends agree 两端一致" if done.agrees else "they differ 不一致"
                _tell(
                    f"reconciled {link.key} over {RECONCILED_DAYS} days, {done.bytes_read:,} bytes read: {agree}"
                )


async def _print(client: httpx.AsyncClient, base: str, token: str, nation: Nation) -> None:
    quarter = Quarter.of(nation.today)
    progress = await _ask(client, base, token, PROGRESS, {"quarter": str(quarter)})
    _progress_table(progress["constructionProgress"], quarter)
    months = {"from": str(quarter.shift(-1).first_day), "to": str(quarter.shift(-1).last_day)}
    answer = await _ask(client, base, token, BALANCE, months)
    out.print(
        Panel(
            Syntax(BALANCE, "graphql", background_color="default"),
            title=f"GraphQL with {orjson.dumps(months).decode()}",
        )
    )
    out.print(JSON(orjson.dumps(answer).decode()))


async def _ask(
    client: httpx.AsyncClient, base: str, token: str, query: str, variables: dict[str, Any]
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    reply = await client.post(
        f"{base}/graphql", json={"query": query, "variables": variables}, headers=headers
    )
    answer = reply.json()
    if reply.status_code != 200 or answer.get("errors"):
        raise SourceRefused(f"the hub answered {reply.status_code}: {str(answer)[:500]}")
    data: dict[str, Any] = answer["data"]
    return data


def _progress_table(progress: dict[str, Any], quarter: Quarter) -> None:
    table = Table(title=f"Construction progress {quarter} 建设进展", show_footer=True, box=box.SIMPLE_HEAD)
    table.add_column("province", "nation")
    table.add_column("by")
    table.add_column("platform stage")
    for name, heading in (("unitsDue", "units due"), ("connected", "connected"), ("overdue", "overdue")):
        table.add_column(heading, str(progress[name]), justify="right")
    for row in progress["provinces"]:
        words = [(row[name] or "—").lower() for name in ("mode", "stage")]
        counts = [str(row[name]) for name in ("unitsDue", "connected", "overdue")]
        table.add_row(row["name"], *words, *counts)
    out.print(table)


def _tell(sentence: str) -> None:
    out.print(f"[dim]·[/dim] {sentence}", highlight=False)


def _invite(entrance: Entrance, base: str) -> None:
    """Show the pages behind a way in that counts once: nobody else on this machine comes in by it."""
    out.print("\n[bold]serving[/bold], Ctrl-C ends everything\n")
    out.print(f"  sign in    {entrance.address(base)}", soft_wrap=True, highlight=False)
    for name, page in (("dashboard", "/"), ("GraphiQL", "/graphiql")):
        out.print(f"  {name:<10} {base}{page}", soft_wrap=True, highlight=False)
