"""A chat whose messages name documents, and which outlives the program."""

from dataclasses import dataclass, field

from monitor.errors import CannotEdit, RetryLater
from monitor.model import AlertList, Delivery, Form, Notice
from monitor.notify.message import Part


@dataclass
class Chat:
    """A chat that outlives the program: its messages, each with the documents that it names."""

    edits: bool = True
    chat: int = -1001
    answers: list[str] = field(default_factory=list)  #: what goes wrong with the next messages
    messages: dict[str, set[str]] = field(default_factory=dict)
    answered: list[tuple[str, ...]] = field(default_factory=list)  #: roots of what came

    def parts(self, delivery: Delivery) -> list[Part]:
        names = " ".join(sorted(_named(delivery)))
        self.answered.append(tuple(delivery.root))
        edits = delivery.root[0] if delivery.form is Form.EDIT else None
        return [Part(html=names, plain=names, edits=edits)]

    async def send(self, part: Part) -> str:
        trouble = self.answers.pop(0) if self.answers else ""
        if trouble == "later":
            raise RetryLater("not now")
        if part.edits is not None and (trouble == "stays" or part.edits not in self.messages):
            raise CannotEdit("message can't be edited")
        number = part.edits or f"m{len(self.messages) + 1}"
        self.messages[number] = set(part.plain.split())
        return number

    async def close(self) -> None:
        """Stay."""

    @property
    def named(self) -> set[str]:
        return set().union(*self.messages.values())


def _named(delivery: Delivery) -> set[str]:
    about = delivery.about
    if isinstance(about, Notice):
        return set()
    alerts = about.alerts if isinstance(about, AlertList) else [about]
    own = {alert.ref for alert in alerts} if delivery.form is not Form.COPIES else set()
    return own | {copy.ref for alert in alerts if alert.story for copy in alert.story.copies}
