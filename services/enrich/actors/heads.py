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
