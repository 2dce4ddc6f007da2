"""Words that tell names apart: titles, heads of organizations and places, verbs of saying, small words."""

from typing import Final

from services.enrich.wordlist import words

OFFICES_OF_STATE: Final = words("""
president premier chancellor minister secretary senator governor mayor ambassador commissioner
""")
"""Offices that are titles before a name, and that no body is named after, folded."""

ROLE_HEADS: Final = OFFICES_OF_STATE | words("""
congressman congresswoman congressperson envoy spokesman spokeswoman spokesperson chairman chairwoman
chairperson chair
chief director commander leader general colonel captain major lieutenant sergeant admiral marshal
brigadier corporal king queen prince princess emir sultan sheikh sheik ayatollah imam mullah pope
cardinal archbishop bishop reverend rabbi judge justice prosecutor lawyer attorney lawmaker legislator
deputy mp professor doctor economist analyst journalist reporter correspondent editor author activist
candidate coach officer official inspector superintendent diplomat negotiator founder owner head speaker
treasurer ombudsman adviser advisor aide warlord cleric general-secretary secretary-general
vice-president ex-president strongman dictator ruler monarch gen col lt capt maj sgt adm cmdr cpl brig
gov sen rep dr prof mr mrs ms miss rev amb lord lady sir dame mulla maulana hojatoleslam sheriff
councillor councilor councilman representative counsel legate nuncio administrator executive ceo cfo
manager principal dean rector scientist researcher historian actor actress singer musician footballer
striker goalkeeper player driver crown tsar emperor empress coroner engineer operator conductor pilot
astronaut member architect surgeon physician nurse teacher quarterback midfielder swimmer cyclist
sprinter boxer golfer filmmaker poet novelist writer photographer
""")
"""The last word of a title or of a role, folded."""

ROLE_MODIFIERS: Final = words("""
prime foreign defense defence interior finance justice health education trade oil energy home vice
deputy assistant associate under acting interim former ex late then chief senior top supreme opposition
rebel party government military army police navy national federal state presidential parliamentary press
human rights climate special general executive managing lieutenant major brigadier field air attorney
majority minority house senate union crown grand retired incoming outgoing newly elected new current
first second cabinet security intelligence central bank commerce labor labour environment agriculture
culture information communications transport planning economy economic development social affairs
political spiritual militia guerrilla militant separatist business tribal religious co chief-of county
election republican democratic conservative liberal socialist communist independent
""")
"""What may stand before the head of a role, folded."""

OFFICES: Final = words("""
state defense defence treasury interior foreign affairs health education finance justice labor labour
commerce homeland security energy trade agriculture transport war culture staff information police
industry economy environment oil
""")
"""What may follow "Secretary of" or "Minister of", folded."""

LOCATIVES: Final = words("in at near from of to the outside around through into")
"""What stands before a name that says where something is or comes from, folded."""

COURTESIES: Final = words("mr mrs ms miss dr prof sir lord lady dame")
"""Titles that say nothing of what somebody does."""

SAYING: Final = words("""
said says told tells added adds warned warns announced announces argued argues accused accuses denied
denies vowed vows insisted insists claimed claims confirmed confirms declared declares demanded demands
described describes explained explains noted notes pledged promised urged urges wrote writes tweeted
stated states stressed suggested suggests testified threatened criticized criticised condemned condemns
welcomed rejected rejects acknowledged admitted called replied responded reported commented recalled
remarked predicted complained expressed
""")
ACTING: Final = SAYING | words("""
refused refuses agreed agrees wants wanted hopes fears believes imposed sought seeks backs backed
supports opposed opposes recalled expelled summoned retaliated vetoed sanctioned deployed considers
considered sees accepted
""")
"""Verbs whose subject acts; after a capital, its state is meant."""

CALENDAR: Final = words("""
monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
""")

COMMON: Final = words("""
a about above accord according across action activists after again against ago air all allies almost
along already also although always amid amidst among an analyst analysts and another any anyone anything
are area armed army as aside asked at attack attacks authorities away back based be because been before
began behind being below beneath besides best better between beyond big bill both britons but by call
calls can children cities citizens city civilians coalition commander common companies company
conditions conflict congress considering consider contrary could country court critics crowd currently
data date day days dead death deaths demand demonstrators despite details did do doctors does doing down
dozens due during each earlier early economic economists eight eighteen either eleven else emergency
energy even eventually ever every everyone everything evidence ex except experts explosions family
farmers federal fears few fewer fifteen fifth fifty fighters fighting figures finally first five
following for forces foreign former forty found four fourteen fourth from full fully further general
given global go good got government governments great gunmen had half has have having he hence her here
hers high his historically home hopes hospital hours how however human hundreds i if immediately
important in including indeed independent initially inside insurgents instead international
investigators investors is it its itself journalists judge just kidnappers labor large last late later
lawmakers lawyers leader leaders left less let life like likewise local long look lots made main mainly
major male many market markets may maybe me meanwhile media meet meeting members men middle might
migrants militants military millions minister ministers moments more moreover most mostly mother mr mrs
ms much my nearby nearly negotiators neither never nevertheless new news next nice nine nineteen no
nobody nominally none nonetheless nor not note nothing notably now observers occasionally of off
officers official officials oil old on once one ongoing only onto opponents opposition or organizers
originally other others otherwise our out outside over overall own parliament part parties partly party
past people perhaps photo photos please police political polls poor possibly post previously prices
prime prior prisoners private pro probably prosecutors protesters protests public put quite rather read
reading rebel rebels recent recently refugees regarding relations reporters reports rescue rescuers
researchers residents results right riot rival roughly russians sales same saturday school scientists
search second security seeing senior separately seven seventeen seventh several she shortly should show
similarly since six sixteen sixth small so social soldiers some someone something sometimes somewhat
soon sources speaking spokesman state states still stocks strong students such suddenly supporters
survivors suspects talks taking ten tens than thanks that the their them then there thereafter therefore
these they thing third thirteen thirty this those though thousands three through throughout thursday
thus to today together tomorrow tonight too total towards traders troops try twelve twenty two typically
under union unions unknown unless unlike until up upon us usually various very via victims video
villagers violence visitors voters war warning was watch we week weeks well were western what whatever
when whenever where whereas whether which while who whoever whole whom whose why will with within
without witnesses women workers world would yeah year years yes yesterday yet you young your image
footage story editor editors fact shell fed swift mobile bath turkeys christmas shares
""")
"""Words that begin sentences and are then no names, folded."""

FUNCTION: Final = (
    words("""
a an and are as at be been before but by can could did do does for from had has have he her his how i if
in into is it its may might must nor not of off on or our out over shall she should since so than that
the their them then there these they this those to under until up was we were what when where which
while who whom whose why will with would you your
""")
    | SAYING
)
"""Words before which an adjective modifies nothing."""
