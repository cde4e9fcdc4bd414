"""The keys access tokens are signed with: the newest signs, and all are published whose tokens may still live."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from joserfc.jwk import ECKey, KeySet

from graph.errors import StoreError
from graph.ports import Clock
from hub.access.oauth._ports import KeptKeys
from hub.access.ports import Sealing
from hub.stores.registry.remembered import Remembered
from hub.stores.registry.signing_keys import KeptKey

TOKEN_S = 600  # an access token's life (RFC 9068): what is revoked elsewhere ends by itself soon
MARGIN_S = 60  # for a token signed in the very moment of a rotation, by a process that had not heard of it
KEPT = dt.timedelta(seconds=TOKEN_S + MARGIN_S)
FIRST = "nengshu"  # who the audit says made the first key
_ALL = "all"


class Keyring:
    """The signing keys of one hub; `version` is another once anything was written to the registry, by any process."""

    def __init__(self, kept: KeptKeys, sealing: Sealing, clock: Clock, version: Callable[[], int]) -> None:
        self._kept, self._sealing, self._clock = kept, sealing, clock
        self._listed: Remembered[str, Sequence[KeptKey]] = Remembered(self._list, version, many=1)
        self._opened: dict[
            str, ECKey
        ] = {}  # by kid: a key is opened once, however often the registry is written to

    def signing(self) -> KeySet:
        """The current key, alone in a set.

        Of several one would be picked at random; a bare key would leave `kid` out.
        """
        return KeySet([self._key(self._living()[0])])

    def verifying(self) -> KeySet:
        """All keys whose tokens may still live."""
        return KeySet([self._key(each) for each in self._living()])

    def holds(self, kid: str) -> bool:
        """Whether tokens signed with this key may still live."""
        return any(each.kid == kid for each in self._living())

    def published(self) -> Mapping[str, Any]:
        """Their public halves, as RFC 7517 writes them."""
        return {"keys": [self._key(each).as_dict(private=False) for each in self._living()]}

    def rotate(self, who: str, *, leaked: bool = False) -> str:
        """Sign with a new key from now on; its `kid`. Tokens live on, unless the old keys have `leaked`."""
        kid, sealed = self._new()
        self._kept.rotate(kid, sealed, who, dt.timedelta(0) if leaked else KEPT)
        return kid

    def _living(self) -> list[KeptKey]:
        now = self._clock.now()
        listed = self._listed.find(_ALL) or ()
        return [each for each in listed if each.retired_at is None or now < each.retired_at + KEPT]

    def _list(self, _all: str) -> Sequence[KeptKey]:
        """All there are, the current one first; one is made where there is none."""
        if not _has_current(found := self._kept.list()):
            self._kept.begin(*self._new(), FIRST)
            if not _has_current(found := self._kept.list()):
                raise StoreError("the registry kept no signing key")
        kids = {each.kid for each in found}
        self._opened = {kid: key for kid, key in self._opened.items() if kid in kids}
        return found

    def _new(self) -> tuple[str, str]:
        key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        kid = str(key.kid)
        return kid, self._sealing.seal(json.dumps(key.as_dict(private=True)).encode(), _what(kid))

    def _key(self, kept: KeptKey) -> ECKey:
        if (known := self._opened.get(kept.kid)) is not None:
            return known
        key = ECKey.import_key(json.loads(self._sealing.open(kept.sealed, _what(kept.kid))))
        self._opened[kept.kid] = key
        return key


def _what(kid: str) -> str:
    return f"signing_key {kid}"


def _has_current(keys: Sequence[KeptKey]) -> bool:
    return bool(keys) and keys[0].retired_at is None
