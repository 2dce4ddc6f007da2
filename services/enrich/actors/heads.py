"""Words that say what a name is the name of: an army, a river, a war."""

from typing import Final

from services.enrich.wordlist import words

ORG_HEADS: Final = words("""
trains empire caliphate ministry army party university college institute bank court union corps force
forces council commission committee agency authority department bureau office organization organisation
association foundation federation confederation congress parliament senate assembly house guard guards
navy police brigade brigades battalion regiment division front movement militia militias group network
alliance coalition league fund center centre society club church company corporation airlines airways
motors industries holdings partners media news times post press radio television tv journal tribune
herald gazette daily newspaper magazine hospital school academy laboratory observatory service services
command embassy consulate tribunal secretariat administration government cabinet board trust chamber
exchange syndicate cartel squad unit mission initiative programme program campaign liberation resistance
brotherhood jihad directorate inspectorate registry reserve treasury legislature duma majlis bundesbank
united rovers city orchestra band records studios pictures entertainment systems technologies software
networks communications petroleum oil gas energy electric power steel pharmaceuticals insurance capital
securities financial bancorp international seminary museum library democrats republicans greens
conservatives liberals socialists communists watch relief charity aid railroad railway railways theatre
theater ballet choir conservatory ltda tigers lions eagles giants yankees dodgers cowboys lakers bulls
""") - {"city", "power", "oil", "gas", "capital"}
"""A name with one of these last, or first before "of", is an organization."""

CORPORATE: Final = words("inc corp ltd co llc plc ag sa gmbh nv spa oyj ab kk pte bhd")

STATE_ORGANS: Final = words("""
ministry army parliament congress senate assembly government cabinet embassy consulate navy police court
council department administration guard force forces intelligence commission agency office service
command corps coalition
""")
"""Heads that belong to the state before them: "Afghan Defense Ministry" is two names."""

PLACE_HEADS: Final = words("""
cross drive lane mall ground grounds indies river lake sea ocean bay gulf strait island islands
peninsula mountain mountains valley desert province district county region city town village street
avenue road boulevard square park airport port harbor harbour bridge highway canal beach hill hills
forest plain plateau cape coast stadium arena palace temple cathedral mosque tower building base camp
prison jail territory territories governorate oblast prefecture canyon falls creek delta basin oasis
zone crossing station hotel house hall plaza heights garden gardens cemetery fort castle
""") - {"house"}
PLACE_FIRST: Final = words("mount lake cape fort port camp mt gulf bay strait isle")
WATERS: Final = words("gulf strait sea bay cape isle")
"""Before "of" they make a place: the Gulf of Guinea."""

PLACE_NOUNS: Final = words("""
province district region city county state valley river island town village governorate neighborhood
neighbourhood suburb area peninsula prefecture municipality airport mountains border coast refinery
prison camp
""")
"""Small words that make a place of the name before them, as in "Helmand province"."""

EVENT_HEADS: Final = words("""
war day cup games olympics act treaty agreement accord accords award awards prize conference summit
festival open championship championships series era revolution protocol convention constitution bill
crisis amendment plan pact resolution prix marathon tournament trophy bowl eve christmas easter ramadan
week month intifada uprising holocaust deal declaration law doctrine talks code virus hurricane typhoon
""")
"""Names that end so are neither actors nor places; what they hold inside is not named by them."""
