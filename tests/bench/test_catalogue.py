"""Catalogues of several sizes are made alike and measured in turn."""

from bench import catalogue
from services.enrich.catalogue import load


def test_a_catalogue_grows_by_the_factor_and_the_same_each_time() -> None:
    known = load()
    grown = catalogue.grown(known, 3)
    assert len(grown.entries) == 3 * len(known.entries)
    assert len({entry.id for entry in grown.entries}) == len(grown.entries)
    assert grown == catalogue.grown(known, 3)


def test_each_size_has_its_cost() -> None:
    one, two = catalogue.measure((1, 2), rounds=1, repeated=1)
    assert two.actors == 2 * one.actors
    assert min(one.lookup, one.enrichment, two.lookup, two.enrichment) > 0
