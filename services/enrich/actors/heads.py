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

ARMED_HEADS: Final = words("""
brigade brigades militia militias resistance jihad martyrs mujahideen fedayeen guerrillas rebels cartel
""")

HEAD_SECTORS: Final = {
    "GOV": words("""
ministry department government cabinet embassy consulate agency bureau secretariat treasury minister
president premier chancellor secretary governor mayor ambassador envoy administration authority prime
king queen emir sultan prince foreign interior diplomat monarch ruler crown gov presidential councillor
dictator
"""),
    "MIL": words("""
army navy corps force forces guard guards brigade battalion regiment command general gen colonel col
commander admiral adm marshal lieutenant lt captain capt maj military sergeant sgt brigadier brig air
field
"""),
    "LEG": words("""
parliament congress senate assembly house duma legislature senator lawmaker congressman congresswoman
legislator mp sen rep speaker parliamentary
"""),
    "JUD": words("court tribunal judge justice prosecutor attorney magistrate"),
    "COP": words("police sheriff inspector superintendent"),
    "SPY": words("intelligence"),
    "PTY": words("party democrats republicans greens opposition candidate"),
    "REB": words("""
rebel rebels militia militias front liberation resistance jihad brigades guerrilla warlord militant
separatist guerrillas mujahideen
"""),
    "MED": words("""
news times post press radio television tv journal tribune herald gazette daily newspaper magazine media
reporter correspondent editor journalist broadcaster
"""),
    "EDU": words("university college institute school academy professor dean rector prof"),
    "BUS": words("""
bank company corporation airlines airways motors industries holdings partners inc corp ltd co llc plc
exchange petroleum ceo executive economist owner
"""),
    "LAB": words("union"),
    "REL": words("""
church ayatollah imam mullah pope cardinal archbishop bishop reverend rabbi cleric sheikh rev
"""),
    "CRM": words("cartel syndicate"),
    "NGO": words("watch relief charity aid foundation activist"),
}
"""PLOVER sectors by the words of a name or role, folded; the first that fits, from the last word back."""
