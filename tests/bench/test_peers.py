"""The pipeline's peers: measured where they are installed, and missed aloud where they are not."""

import sys
from pathlib import Path

import pytest

from bench import peers
from bench.peer import Words

SENTENCES = ["Kenya's finance minister, Amina Wekesa, met aid groups in Nairobi.", "She left on Monday."]
GIVEN = {
    "spacy": {"body": " ".join(SENTENCES), "names": [(0, 5, "PLACE"), (26, 38, "PER"), (57, 64, "PLACE")]},
    "sumy": {"sentences": SENTENCES},
}


def test_words_and_sentences_are_cut_as_given() -> None:
    words = Words(SENTENCES)
    assert words.to_sentences("whatever") == SENTENCES
    assert words.to_words("Kenya's al-Shabaab, 12 %") == ["Kenya's", "al-Shabaab", "12"]


def test_an_environment_that_is_not_there_is_said(tmp_path: Path) -> None:
    with peers.running(GIVEN, tmp_path / "python") as (found, missing):
        assert not found
        assert len(missing) == len(GIVEN)
        assert missing[0].startswith("spacy is not measured: ")
        assert missing[0].endswith("is not there. `make beside` installs it.")


def test_a_peer_that_is_not_installed_is_said() -> None:
    with peers.running({"spacy": GIVEN["spacy"]}, Path(sys.executable)) as (found, missing):
        assert not found
        assert missing == [
            "spacy is not measured: ModuleNotFoundError: No module named 'spacy'. `make beside` installs it."
        ]


@pytest.mark.skipif(not peers.PYTHON.exists(), reason="make beside installs the peers")
def test_peers_read_as_often_as_they_are_told() -> None:
    with peers.running(GIVEN) as (found, missing):
        assert not missing
        assert set(found) == set(GIVEN)
        for peer in found.values():
            assert peer.version[0].isdigit()
            assert peer.seconds(2) > 0
            peer.close()
            with pytest.raises(peers.PeerError, match="it has ended"):
                peer.seconds(1)
