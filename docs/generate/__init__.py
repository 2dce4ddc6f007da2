"""The pages of docs/reference/, made of the code that they describe: the same code, the same bytes."""

from docs.generate import api, commands, contracts, events, metrics, problems, settings

NOTE = "<!-- Written by `make docs` from the code. Change the code, then run it again. -->\n\n"
PAGES = {
    "api": api.page,
    "commands": commands.page,
    "contracts": contracts.page,
    "events": events.page,
    "metrics": metrics.page,
    "problems": problems.page,
    "settings": settings.page,
}


def pages() -> dict[str, str]:
    """Returns every page: file name → Markdown. Connects to nothing and reads no environment."""
    return {f"{name}.md": f"{NOTE}{page()}\n" for name, page in PAGES.items()}
