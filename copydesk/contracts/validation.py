"""What a document violates."""

import functools
from itertools import islice

from jsonschema.protocols import Validator

from copydesk.contracts.documents import inlined, registry
from copydesk.contracts.keywords import ContractValidator, Json
from copydesk.contracts.violation import Violation, from_error

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
    errors = islice(_validator(name, part).iter_errors(document), limit)
    found = {(violation.pointer, violation.keyword): violation for violation in map(from_error, errors)}
    return [found[key] for key in sorted(found)]


@functools.cache
def _validator(name: str, part: str | None) -> Validator:
    return ContractValidator(inlined(name, part), registry=registry())
