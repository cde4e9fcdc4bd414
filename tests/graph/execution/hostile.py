"""Questions written to cost more than they are: each with the words of the bound that stops it."""

from __future__ import annotations

from typing import Any

BALANCE = 'energyBalance(period: {month: "2026-10"}) { totalTce }'
FILTERED = "query ($f: UnitFilter) { units(filter: $f) { totalCount } }"


def nested(levels: int) -> str:
    """Units of regions of units: a circle of nouns."""
    below = "units(first: 20) { nodes { regionDetail { " * levels + "code" + " } } }" * levels
    return f'{{ province(code: "910000") {{ {below} }} }}'


def chain(length: int, each: int) -> str:
    """Fragments that spread the next one several times: a text of n, `each` to the power of n fields."""
    links = [f"fragment F{n} on Query {{ {f'...F{n + 1} ' * each} }}" for n in range(length)]
    return "\n".join(["{ ...F0 }", *links, f"fragment F{length} on Query {{ __typename }}"])


def _many(each: str, number: int) -> str:
    """The same with a number in it, again and again."""
    return " ".join(each.replace("%", str(n)) for n in range(number))


def _twice(levels: int) -> str:
    """One field twice, and below each of them twice again."""
    return "code" if levels == 0 else f"parent {{ {_twice(levels - 1)} {_twice(levels - 1)} }}"


def _deep(levels: int) -> Any:
    found: Any = []
    for _ in range(levels):
        found = [found]
    return found


# What a text is bounded by before it is parsed.
TEXTS = {
    "a hundred balances": (f"{{ {_many(f'a%: {BALANCE}', 100)} }}", "tokens"),
    "a bomb of fragments": (chain(15, 30), "tokens"),
    "fragments nobody spreads": ("{ a } " + _many("fragment F% on Query { a }", 250), "characters"),
    "long fragments nobody spreads": (
        "{ a } " + _many(f"fragment F% on Query {{ {'a ' * 190} }}", 9),
        "tokens",
    ),
    "ten thousand spreads": ("{ " + "...A " * 10_000 + "} fragment A on Query { a }", "characters"),
    "a thousand spreads": ("{ " + "...A " * 1_000 + "} fragment A on Query { a }", "tokens"),
    "a thousand operations": (_many("query Q% { a }", 1_000), "characters"),
    "deeper than the parser goes": ("{ a " * 1_400 + "}" * 400, "tokens"),
    "brackets deeper than anybody's": ("{ a " * 40 + "}" * 40, "brackets within brackets"),
    "lists in lists": ("{ units(filter: " + "[" * 190 + "]" * 190 + ") { a } }", "brackets within brackets"),
    "objects in objects": ("{ a(b: " + "{c: " * 90 + "1" + "}" * 90 + ") }", "brackets within brackets"),
    "inline fragments in each other": ("{ " + "... { " * 40 + "a " + "}" * 41, "brackets within brackets"),
    "tokens": ("{ " + "a " * 2_900 + "}", "tokens"),
    "comments": ("#\n" * 2_900 + "{ __typename }", "tokens"),
    "quotes": ("{ a(b: " + '"' * 5_900 + ") }", "tokens"),
    "a directive with a hundred arguments": (f"{{ a @skip({_many('a%: true', 140)}) }}", "tokens"),
    "variables nobody uses": (f"query ({_many('$v%: Int', 200)}) {{ a }}", "tokens"),
    "arguments nobody knows": (
        f"{{ units({_many('a%: 1', 41)}) {{ totalCount }} }}",
        "arguments, keys or variables at one place",
    ),
    "keys no filter has": (
        f"{{ units(filter: [{{{_many('a%: 1', 125)}}}]) {{ totalCount }} }}",
        "arguments, keys or variables at one place",
    ),
    "variables again and again": (
        f"query ({'$v: Int ' * 95}) {{ a }}",
        "arguments, keys or variables at one place",
    ),
    "a long text": ("{ __typename }" + " " * 60_000, "characters"),
    "a long string": ('{ a(b: "' + "a" * 60_000 + '") }', "characters"),
    "escapes": ('{ a(b: "' + "\\u0041" * 9_000 + '") }', "characters"),
    "a number with many digits": ("{ units(first: " + "9" * 60_000 + ") { totalCount } }", "characters"),
}

# What is found once it is parsed, which many of these make as long as it may be.
QUESTIONS = {
    "a circle of nouns five times": (nested(5), "cost"),
    "twenty balances": (f"{{ {_many(f'a%: {BALANCE}', 20)} }}", "cost"),
    "the schema's text twenty times": (f"{{ {_many('a%: _service { sdl }', 20)} }}", "cost"),
    "the schema in circles": (
        "{ __schema { types {" + " fields { type {" * 5 + " name" + " } }" * 5 + " } } }",
        "cost",
    ),
    "all types again and again": (
        "{ " + _many("a%: __schema { types { ...A } }", 20) + " } fragment A on __Type "
        "{ name description fields { name description args { name type { name } } type { name ofType { name } } } }",
        "cost",
    ),
    "aliases below one row": (f"{{ nation {{ {_many('a%: unitsTotal', 31)} }} }}", "aliases"),
    "aliases hidden in a fragment": (
        f"{{ nation {{ ...A ...A }} }} fragment A on Nation {{ {_many('a%: unitsTotal', 16)} }}",
        "aliases",
    ),
    "a chain of fragments": (chain(40, 1), "levels of depth"),
    "one level too deep": ("{ a " * 21 + "}" * 21, "levels of depth"),
    "a small bomb of fragments": (chain(14, 10), "root fields"),
    "a bomb below a root": (
        "{ nation { ...F0 } } "
        + " ".join(f"fragment F{n} on Nation {{ {f'...F{n + 1} ' * 10} }}" for n in range(13))
        + " fragment F13 on Nation { unitsTotal }",
        "cost",
    ),
    "spreads of one fragment": ("{ " + "...A " * 190 + "} fragment A on Query { a }", "root fields"),
    "as many roots as there may be tokens": (f"{{ {'__typename ' * 398} }}", "root fields"),
    "roots nobody knows": (f"{{ {_many('unicorns%', 398)} }}", "root fields"),
    "fragments in each other": (
        "{ ...F0 } " + _many(f"fragment F% on Query {{ {' '.join(f'...F{m}' for m in range(9))} }}", 15),
        "fields",
    ),
    "a fragment within itself twice": (
        """{ provinces { nodes { ...A } } } fragment A on Region {
            a: units { nodes { regionDetail { ...A } } } b: units { nodes { regionDetail { ...A } } } }""",
        "fields",
    ),
    "fragments spread twelve times": (
        f"{{ nation {{ {'...A ' * 12} }} }} fragment A on Nation {{ {'unitsTotal ' * 48} }}",
        "fields",
    ),
    "a field again and again": (f"{{ nation {{ {'unitsTotal ' * 390} }} }}", "pairs of fields"),
    "a field twice, and twice below": (
        f'{{ province(code: "910000") {{ {_twice(5)} }} }}',
        "pairs of fields",
    ),
    "a field said differently each time": (
        "{ units(first: 1) { nodes { " + _many("dataPoints(first: %) { code }", 40) + " } } }",
        "pairs of fields",
    ),
    "one name in many fragments": (
        f"{{ nation {{ {_many('...F%', 25)} }} }} {_many('fragment F% on Nation { unitsTotal }', 25)}",
        "pairs of fields",
    ),
    "directives at a field": ("{ __typename " + "@skip(if: true) " * 5 + "}", "directives at one place"),
    "directives nobody knows": ("{ __typename " + "@aa " * 10 + "}", "directives at one place"),
    "directives of an operation": (f"query {'@aa ' * 5} {{ __typename }}", "directives at one place"),
    "directives of a variable": (
        f"query ($n: Int {'@aa ' * 5}) {{ units(first: $n) {{ totalCount }} }}",
        "directives at one place",
    ),
    "operations": (_many("query Q% { __typename }", 11), "operations"),
    "fragments": ("{ __typename } " + _many("fragment F% on Query { a }", 51), "fragments"),
    "a list of lists by their largest page": (
        "{ units(first: 10000) { nodes { dataPoints { code readings(period: {}) { value } } } } }",
        "cost",
    ),
    "lists paged below a thousand rows": (
        "{ regions(first: 1000) { nodes { units(first: 1) { totalCount } } } }",
        "cost",
    ),
    "a thousand batches' rejections": (
        "{ batches(first: 1000) { edges { node { rejections { nodes { raw } } } } } }",
        "cost",
    ),
}

# What is sent along; a body holds a megabyte of it.
VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "a list a thousand deep": ({"f": _deep(1_000)}, "lists and objects within each other"),
    "half a million numbers": ({"f": [1] * 500_000}, "values in variables"),
    "many small objects": ({"f": [{"a": 1}] * 100_000}, "values in variables"),
    "many small lists": ({"f": [[1] * 4] * 9_000}, "values in variables"),
    "a list of many codes": ({"f": ["91110000MA00000000"] * 30_000}, "items of one list"),
    "a wide object": ({"f": {f"k{n}": 1 for n in range(20_000)}}, "keys of one object"),
    "a wide object far within": (
        {"f": {"and": [{"or": {f"k{n}": 1 for n in range(101)}}]}},
        "keys of one object",
    ),
    "many variables": ({f"v{n}": 1 for n in range(20_000)}, "keys of one object"),
}

# What validation refuses, at the first few of its faults.
FAULTY = {
    "fields nobody knows": (f"{{ nation {{ {_many('unitsTotl%', 190)} }} }}", {}),
    "arguments nobody knows": (f"{{ units({_many('a%: 1', 40)}) {{ totalCount }} }}", {}),
    "fragments nobody wrote": (f"{{ nation {{ {_many('...F%', 19)} }} }}", {}),
    "keys no filter has": (f"{{ units(filter: {{{_many('a%: 1', 40)}}}) {{ totalCount }} }}", {}),
    "variables not used": (f"query ({_many('$v%: Int', 40)}) {{ __typename }}", {}),
    "one variable again and again": (f"query ({'$v: Int ' * 40}) {{ __typename }}", {}),
    "keys sent that no filter has": (FILTERED, {"f": {f"k{n}": 1 for n in range(100)}}),
}
