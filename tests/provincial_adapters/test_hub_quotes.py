"""What a pulled hub quotes of a question is told without the token it was asked with."""

from __future__ import annotations

import pytest

from graph.errors import SourceRefused
from tests.provincial_adapters.test_hub_graphql import TOKEN, Province, graphql, pulled

pytestmark = pytest.mark.anyio


async def test_a_hub_that_quotes_our_token_in_an_error_is_told_without_it() -> None:
    quoting = graphql(errors=[{"message": f"{'x' * 195}{TOKEN} is no token of ours"}])
    with pytest.raises(SourceRefused) as caught:
        await pulled(Province(on_query=lambda _: quoting))
    assert TOKEN[:5] not in str(caught.value)
