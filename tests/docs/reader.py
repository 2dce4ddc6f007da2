"""Who reads a page: types its blocks in order, and compares what is printed with what the page shows."""

from collections.abc import Callable, Mapping

from tests.docs import plan
from tests.docs.blocks import Block, documents, is_like, shape
from tests.docs.plan import Background, NotRun
from tests.docs.shell import Shell, wait_for

BLOCK_SECONDS = 90.0


class Reader:
    """The reader of one page.

    Args:
        shell: where the blocks are typed.
        replaced: what stands in the page → what it is in this run.
        seconds: how long a block may take.
    """

    def __init__(self, shell: Shell, replaced: Mapping[str, str], seconds: float = BLOCK_SECONDS) -> None:
        self._shell = shell
        self._seconds = seconds
        self._replaced = replaced
        self._printed = ""
        self._running: list[tuple[Background, Callable[[], str]]] = []

    def read(self, page: list[Block]) -> None:
        """Does all that a page says.

        Raises:
            AssertionError: a command failed, or something is not as the page shows it.
        """
        for block in page:
            if plan.runs(block):
                self._type(block)
        for background, said in self._running:
            wait_for(lambda b=background, s=said: b.shows in s(), self._seconds, background.shows)
        for block in page:
            if block.language == "json":
                self._compare(block)

    def _type(self, block: Block) -> None:
        special = plan.PLAN.get((block.page, block.name))
        script = self._here(block.script)
        if isinstance(special, NotRun):
            return
        if isinstance(special, Background):
            said = self._shell.begin(script)
            wait_for(lambda: special.ready in said(), self._seconds, special.ready)
            self._running.append((special, said))
        elif block.language == "console":
            self._look(script, self._here(block.shown))
        else:
            self._printed += self._shell.run(script, self._seconds)

    def _look(self, script: str, shown: str) -> None:
        """Runs what only looks, again and again until it shows what the page shows."""
        said = ""

        def look() -> bool:
            nonlocal said
            said = self._shell.run(f"(\n{script}) || true\n", self._seconds)
            return is_like(shown, said)

        try:
            wait_for(look, self._seconds, script)
        except AssertionError as error:
            raise AssertionError(f"{error}\nThe page shows:\n{shown}\nIt printed:\n{said}") from None
        self._printed += said

    def _compare(self, block: Block) -> None:
        wanted = shape(next(documents(block.text)))
        found = [shape(each) for each in documents(self._printed)]
        assert wanted in found, f"nothing that was printed has the shape of:\n{block.text}\nbut:\n{found}"

    def _here(self, text: str) -> str:
        for shown, real in self._replaced.items():
            text = text.replace(shown, real)
        return text
