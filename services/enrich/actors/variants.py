"""Spellings of one word: Hezbollah and Hizballah, Kataib and Kataeb, defence and defense."""

from typing import Final

_GROUPS: Final = """
hezbollah hizballah hizbollah hizbullah hezballah hezbullah
kataib kataeb
mohammed muhammad mohammad mohamed muhammed mohamad
ahmed ahmad
hussein hussain husayn hossein husain
qaeda qaida
qassam qasam kassam
shabaab shabab shebab
taliban taleban
jaysh jaish jeish
tehreek tehrik tahrik
mujahideen mujahedin mujahedeen mujahidin mojahedin
tayyiba taiba tayba toiba
hashd hashed
shaabi shabi
asaib asaeb
nujaba nujabaa
ansarallah ansarullah
houthi huthi
houthis huthis
quds qods
sheikh shaikh sheik shaykh
abdel abdul
abdullah abdallah abdulla
nasser naser
qassem qasem qassim kassem qasim
osama usama
moammar muammar
moqtada muqtada
gaddafi gadhafi qaddafi qadhafi
youssef yousef yusuf yousuf
sergei sergey
dmitry dmitri dmitriy
alexei alexey aleksei
alexander aleksandr aleksander
defense defence
labor labour
organization organisation
center centre
program programme
mobilization mobilisation
stabilization stabilisation
"""
_CANONICAL: Final = {
    word: group.split()[0] for group in _GROUPS.strip().splitlines() for word in group.split()
}


def canonical(word: str) -> str:
    """Returns the one form that stands for all spellings of a folded word; most words are their own."""
    return _CANONICAL.get(word, word)
