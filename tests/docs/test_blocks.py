"""How an output is compared with the one that a page shows."""

import pytest

from tests.docs.blocks import blocks, documents, is_like, shape

PAGE = """Text.

- In a list:

  ```sh
  one
    two
  ```

```console
$ look 'at it'
seen 1
```
"""


def test_blocks_are_found_without_the_indentation_of_their_list() -> None:
    typed, looked = blocks("page.md", PAGE)
    assert (typed.language, typed.script, typed.name) == ("sh", "one\n  two\n", "one")
    assert (looked.script, looked.shown) == ("look 'at it'\n", "seen 1\n")


@pytest.mark.parametrize(
    ("shown", "printed", "like"),
    [
        ("ok 3", "ok   17", True),
        ("ok 3", "ok", False),
        ("ok", "ok\nmore", False),
        ("ok\n…", "ok\nmore\nand more", True),
        ("…\nend", "end", True),
        ("a\n…\nb", "a\nx\nb\n\n", True),
        ("a\n…\nb", "a\nx\nc", False),
        ("by … at", "by somebody else at", True),
        ("key cdk_abc", "key cdk_xyz9", True),
        ("01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11", "02990b2e-8f7a-7cc1-9d53-2f6f3c1f0c1f", True),
        ("01990b2e-8f7a-7cc1-9d53-2f6f3c1f0c11", "none", False),
        ("╭─ T ─╮\n│ a │\n╰─╯", "╭─ T ─╮\n│ b │\n│ c │\n╰─╯", True),
        ("╭─ T ─╮\n│ a │\n╰─╯", "╭─ U ─╮\n│ a │\n╰─╯", False),
        ("╭─ T ─╮\n│ a │\n╰─╯", "╭─ T ─╮\n╰─╯", False),
        ("a.c", "abc", False),
    ],
)
def test_what_varies_may_differ_and_nothing_else(shown: str, printed: str, like: bool) -> None:
    assert is_like(shown, printed) is like


def test_documents_are_compared_by_shape() -> None:
    found = list(documents('> {"no": 1}\n{"a": [{"b": 1}],\n "c": null} trailing\n{broken\n'))
    assert [shape(each) for each in found] == [{"a": [{"b": "int"}], "c": "NoneType"}]
    assert shape({"a": "x"}) == shape({"a": "y"}) != shape({"a": 1})
