"""What a name, a title or an office tells of somebody's gender, where it tells anything."""

from typing import Final, Literal

from services.enrich.wordlist import words

Gender = Literal["f", "m"]

_FEMALE: Final = words("""
mrs ms miss mme lady dame queen princess sister mother daughter wife widow woman spokeswoman chairwoman
congresswoman businesswoman empress actress duchess sheikha begum first-lady
""")
_MALE: Final = words("""
mr sir lord king prince brother father son husband man spokesman chairman congressman businessman emperor
duke sheikh sheik pope imam mullah ayatollah emir sultan rabbi monk priest archbishop cardinal
""")
_FEMALE_NAMES: Final = words("""
aisha alice alexandra alison amal amanda amelie amina amy ana andrea angela anita anna anne annie aung
ayesha barbara beatriz benazir bridget camilla carla carmen carol caroline catherine cecilia chandrika
charlotte christine claire claudia cristina dalia daniela diana dilma elena elizabeth ellen emily emma esther
eva fatima fatou fiona folasade gita gloria grace graciela hadiza halima hannah heather helen hillary huda
ingrid irina isabel isabella jacinda jane janet jennifer jessica joan joyce julia juliana julie kaja
kamala karen karin kate katerina katherine kathleen katja khadija laura leila leni leticia linda lindiwe
lisa lola lourdes lucia lucy luz magdalena mamata margaret maria mariam mariana marie marina marine martha
mary maryam mercedes mette michelle miriam monica nadia nancy naomi natalia natasha nicola nikki nora
olga patricia paula pauline rachel rania rebecca rosa rosario ruth samia sandra sanna sara sarah shirley
sofia sonia sophia sophie susan svetlana tatiana teresa theresa ursula valentina vera victoria violeta
viola yasmin yulia yvonne zainab zuzana chileshe kadri ngozi wanjiru wambui meera gurpreet priya deepa
""")
_MALE_NAMES: Final = words("""
abdel abdul abdullah abdulrahman adam ahmad ahmed alan albert alejandro alex alexander alexei ali alberto
andrei andrew angelo antonio antony arthur ayman barack bashar benjamin bernard bill binyamin boris brian
bruno carl carlos cesar charles chidi christopher cyril daniel david dennis diego dmitry donald edward eduardo
emmanuel enrique eric erik felix fernando francisco frank fred friedrich fumio gary george gerhard goran
gordon hamid hans haruki hassan henry hernan hiroshi hugo hussein ibrahim igor imran isaac ismail ivan
jack jacob jake james javier jean jeff jens jeremy jim joe john jonathan jorge jose joseph josh juan julio
justin kevin khaled khalid kofi kumar kwame lars lee leo louis luis luiz mahmoud manuel marco mario mark
martin matteo matthew michael miguel mike mikhail mohamed mohammad mohammed muhammad mustafa nicolas nelson
nicholas nigel olaf oliver omar oscar osman pablo paul pedro peter philip pierre piotr rafael raila rajiv
recep reza richard rishi robert roberto rodrigo roger ronald saeed salman samuel scott sean sergei sergey
shinzo simon stephen steve sunil tariq tayyip thomas tim tom tony uhuru vikram viktor vladimir
volodymyr walter warren werner william winston xavier yasser yoweri yusuf uwe anders tunde sani
""")


def of(name: str, role: str | None) -> Gender | None:
    """Returns the gender that a person's title, office or first name tells; None where they tell none."""
    title = [word.strip(".,").casefold() for word in (role or "").split()]
    first = [word.casefold() for word in name.split()[:1]]
    for female, male, told in ((_FEMALE, _MALE, title + first), (_FEMALE_NAMES, _MALE_NAMES, first)):
        found = {"f" for word in told if word in female} | {"m" for word in told if word in male}
        if len(found) == 1:
            return "f" if "f" in found else "m"
    return None
