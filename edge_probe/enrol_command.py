"""`nengshu probe enrol`: makes this box's key and tells what the hub's administrator has to approve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_probe.enrolling import Enrolled, Enrolment, enrolled, unit_in
from edge_probe.told import told
from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode


def enrol(
    hub: Annotated[str, typer.Argument(metavar="HUB", help="The hub's address, as https://hub.example.")],
    file: Annotated[
        Path,
        typer.Option("--config", help="The configuration the uplink goes into; made where it is missing."),
    ] = Path("probe.toml"),
    client: Annotated[str, typer.Option(help="What the hub is to call this probe.")] = "probe",
    uplink: Annotated[str, typer.Option(help="What this probe calls the hub.")] = "hub",
    unit: Annotated[
        str | None, typer.Option(help="The unit's credit code; unless given, the configuration's.")
    ] = None,
) -> None:
    """Make this probe's key on this box, write the uplink, and tell what the hub's administrator has to approve.

    The private key goes into CLIENT.credential, which its owner alone reads (mode 600), and nowhere else; CLIENT.jwks.json
    holds the public half, which the administrator gets. Compare the key's name by telephone before it is approved.
    No file that is there is written over.

    Example: nengshu probe enrol https://hub.example --client works-probe --unit 91970000MA05TEEL1J
    """
    with told():
        found = unit or unit_in(file)
        if found is None:
            raise InvalidInput("name it: neither given nor in the configuration", "--unit")
        typer.echo(_lines(enrolled(Enrolment(hub, client, uplink, CreditCode.parse(found), file))))


def _lines(done: Enrolled) -> str:
    asked = done.enrolment
    lines = [
        f"private key 私钥 (never leaves this box 不出本机): {asked.credential}",
        f"configuration 配置: {asked.file}",
        f"hand this to the hub's administrator 请交给枢纽管理员: {asked.public}",
        f"key's name, to compare 密钥指纹，请核对: {done.thumbprint}",
        f"the administrator approves it with 管理员批准:\n  {done.approval}",
    ]
    if done.is_new:
        lines.append(f"then add [[devices]] 再填写表计, and: nengshu probe check {asked.file}")
    return "\n".join(lines)
