"""CAMEO's codes as countries and PLOVER's sectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.contracts import schema
from services.enrich.cameo import CodeError, decode
from services.enrich.countries import COUNTRIES


@pytest.mark.parametrize(
    ("code", "country", "sectors"),
    [
        ("USAGOV", "USA", ("GOV",)),
        ("IRQREBPRM", "IRQ", ("REB", "PRM")),
        ("IGOUNO", None, ("IGO",)),
        ("NGOHRI", None, ("NGO", "SOC")),
        ("IMGMUSALQ", None, ("IMG", "REL")),
        ("MNCUSA", "USA", ("MNC",)),
        ("FRA", "FRA", ("GOV",)),
        ("EURBUS", None, ("BUS",)),
        ("REB", None, ("REB",)),
        ("phlinsmus", "PHL", ("REB", "REL")),
        ("SDNSEP", "SDN", ("REB",)),
        ("USAMED", "USA", ("JRN",)),
        ("FRAHLH", "FRA", ("MED",)),
    ],
)
def test_a_code_is_read(code: str, country: str | None, sectors: tuple[str, ...]) -> None:
    assert decode(code) == (country, sectors)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "parts of three letters"),
        ("US", "parts of three letters"),
        ("US1GOV", "parts of three letters"),
        ("ÜSA", "parts of three letters"),
        ("USA" * 20, "parts of three letters"),
        ("XQXGOV", "begins with XQX"),
        ("USAQQQ", "has the part QQQ"),
    ],
)
def test_what_is_no_code_is_told(code: str, told: str) -> None:
    with pytest.raises(CodeError, match=told):
        decode(code)


@given(st.lists(st.sampled_from(("USA", "IGO", "GOV", "UNO", "REB", "EUR", "QQQ")), max_size=4).map("".join))
def test_what_is_read_keeps_the_contract(code: str) -> None:
    try:
        country, sectors = decode(code)
    except CodeError:
        return
    assert country is None or country in COUNTRIES
    assert sectors
    assert set(sectors) <= set(schema("record")["$defs"]["sector"]["enum"])
