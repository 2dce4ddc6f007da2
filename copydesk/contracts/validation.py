"""What a document violates.

Most documents violate nothing, and to see that is quick: a compiled validator says yes or no. Where it does
not say yes, jsonschema and our own keywords find out what is wrong; only they are believed in a no. They are
loaded when the first document needs them: most processes never meet one.
"""

import functools
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import jsonschema_rs

from copydesk.contracts.documents import inlined, registry
from copydesk.contracts.formats import CHECKS
from copydesk.contracts.violation import Violation, from_error

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Json: TypeAlias = Any  # whatever a parser returns

DEFAULT_LIMIT = 50


def violations(
    name: str, document: Json, *, part: str | None = None, limit: int = DEFAULT_LIMIT
) -> list[Violation]:
    """Returns where the document breaks the contract, by pointer; an empty list if nowhere.

    The work is bounded by the contract and `limit`, not by the size of the document: of an array that is
    too long only the allowed number of items is looked at, and nothing is looked at once `limit` is reached.

    Args:
        name: the contract.
        document: any JSON value, as a parser returns it.
        part: one of the parts in the contract's `$defs`, such as `patch` of `subscription`.
        limit: how many are reported at the most.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    if passes(name, document, part=part):
        return []
    errors = islice(_validator(name, part).iter_errors(document), limit)
    found = {(violation.pointer, violation.keyword): violation for violation in map(from_error, errors)}
    return [found[key] for key in sorted(found)]


def passes(name: str, document: Json, *, part: str | None = None) -> bool:
    """Whether the compiled validator is sure that the document breaks nothing; it may be too strict.

    Raises:
        KeyError: no contract has this name, or it has no such part.
    """
    gate = _gate(name, part)
    try:
        return gate.is_valid(document)
    except (ValueError, TypeError, OverflowError):  # what it cannot read: too deep, or no Unicode
        return False


@functools.cache
def _gate(name: str, part: str | None) -> jsonschema_rs.Draft202012Validator:
    formats: dict[str, Callable[[str], bool]] = dict(CHECKS)
    return jsonschema_rs.Draft202012Validator(inlined(name, part), validate_formats=True, formats=formats)


@functools.cache
def _validator(name: str, part: str | None) -> "Validator":
    from copydesk.contracts.keywords import ContractValidator

    return ContractValidator(inlined(name, part), registry=registry())
