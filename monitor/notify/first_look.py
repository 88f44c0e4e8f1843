"""What is said of a source that is looked at for the first time: one message, whatever it has."""

from collections.abc import Sequence

from monitor.model import Document

#: What the summary names, and the room it has: subscribers get one message.
SHOWN, ONE_MESSAGE = 10, 3000


def subject(source: str, number: int, *, again: bool) -> str:
    """Return the heading of the message; `again` where it is looked at by another way."""
    look = "First look by another way" if again else "First look"
    documents = f"{number} matching document{'' if number == 1 else 's'}"
    return f"{look} at {source}: {documents} from before"


def summary(old: Sequence[Document]) -> str:
    """Return the newest of them, a line each, in what one message holds."""
    lines: list[str] = []
    for document in old[:SHOWN]:
        line = _line(document)
        if sum(map(len, lines)) + len(line) > ONE_MESSAGE:
            break
        lines.append(line)
    more = len(old) - len(lines)
    return "\n".join([*lines, *([f"and {more} more; all are in the archive"] if more else [])])


def _line(document: Document) -> str:
    day = document.published_at.date().isoformat() if document.published_at else "undated"
    words = " ".join((document.title or document.text).split())
    return f"{day} {words[:120]} {document.url}"
