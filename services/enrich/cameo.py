"""CAMEO's actor codes, read as a country and PLOVER's sectors: USAGOV, IRQREBPRM, IGOUNO.

Source: the CAMEO codebook's chapter on actors, and PLOVER's list of sectors that took its place.
"""

from typing import Final, NamedTuple

from services.enrich.countries import COUNTRIES
from services.enrich.wordlist import words

CHUNK: Final = 3
MAX_CODE: Final = 30
_PLOVER: Final = words("""
GOV MIL LEG JUD COP SPY PRM REB UAF PTY OPP PRE IGO NGO ISM IMG MNC BUS CRM CVL EDU ELI JRN LAB REF REL SOC
AGR UNK
""")
_SECTORS: Final = {
    **{code: code for code in _PLOVER},
    "MED": "JRN",  # the media: PLOVER's MED is medicine
    "INS": "REB",  # insurgents
    "SEP": "REB",  # separatists
    "NGM": "ISM",  # non-governmental movements
    "TOP": "ELI",  # top officials
    "SET": "CVL",  # settlers
    "DEV": "SOC",
    "ENV": "SOC",
    "HLH": "MED",
    "HRI": "SOC",
    "MUS": "REL",
    "SHI": "REL",
    "SUN": "REL",
    "CHR": "REL",
    "CTH": "REL",
    "PRO": "REL",
    "ORT": "REL",
    "CPT": "REL",
    "JEW": "REL",
    "HIN": "REL",
    "BUD": "REL",
    "SIK": "REL",
    "DRZ": "REL",
    "ALE": "REL",
}
_ABROAD: Final = frozenset(("IGO", "NGO", "MNC", "IMG", "NGM"))
"""What comes after one of these says which one it is, or where: IGOUNO, NGOHRI."""
_REGIONS: Final = words("""
AFR ASA BLK CAS CAU CRB EAF EEU EUR LAM MEA NAF NAM NMR PGS SAF SAM SAS SCN SEA WAF WSB INT
""")


class CodeError(ValueError):
    """The code is none of CAMEO's; the message says which part."""


class Decoded(NamedTuple):
    """A country, or None for none or a region, and PLOVER's sectors, most telling first."""

    country: str | None
    sectors: tuple[str, ...]


def decode(code: str) -> Decoded:
    """Returns what a code says.

    Raises:
        CodeError: it is no row of three-letter parts, or a part is unknown.
    """
    if not code or len(code) > MAX_CODE or len(code) % CHUNK or not (code.isascii() and code.isalpha()):
        raise CodeError(f"the code {code[: MAX_CODE + 1]!r} is not made of parts of three letters")
    parts = [code[at : at + CHUNK].upper() for at in range(0, len(code), CHUNK)]
    if parts[0] in _ABROAD:
        return Decoded(_country(parts[1:]), _known([_SECTORS[parts[0]], *parts[1:]]))
    if parts[0] in _SECTORS:
        return Decoded(None, _strict(code, parts))
    if parts[0] not in COUNTRIES and parts[0] not in _REGIONS:
        raise CodeError(f"the code {code} begins with {parts[0]}, which is no country, region or role")
    country = parts[0] if parts[0] in COUNTRIES else None
    return Decoded(country, _strict(code, parts[1:]) or ("GOV",))


def _country(parts: list[str]) -> str | None:
    return next((part for part in parts if part in COUNTRIES and part not in _SECTORS), None)


def _known(parts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_SECTORS[part] for part in parts if part in _SECTORS))


def _strict(code: str, parts: list[str]) -> tuple[str, ...]:
    for part in parts:
        if part not in _SECTORS and part not in COUNTRIES:
            raise CodeError(f"the code {code} has the part {part}, which is no role")
    return _known(parts)
