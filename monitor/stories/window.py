"""The documents of the last days, and which of them a new one says again."""

import sys
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from monitor.stories import guard
from monitor.stories.guard import Pair
from monitor.stories.habits import Habits
from monitor.stories.postings import Overlap, Postings
from monitor.stories.sketch import Hashes, Sketch

#: Texts of a story by which others are recognised. The hundredth copy looks like one of them.
_REMEMBERED = 8
_NONE = np.empty(0, np.uint32)
_ABROAD = {"ru", "uk"}  # each is the other's


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a new document says again."""

    story_id: int
    document_id: int  #: which document of that story it is most like
    likeness: float  #: from 0 to 1: what the smaller one shares with the other
    crosses_language: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    """A document by which others are recognised; all of its sketch but what is in the index."""

    document_id: int
    story_id: int
    source: str
    at: datetime
    digest: int
    kept: bytes

    @property
    def sketch(self) -> Sketch:
        """Return it without its shingles."""
        sketch = Sketch.from_bytes(self.kept)
        assert sketch is not None  # noqa: S101 - we made it
        return sketch


@dataclass(slots=True)
class _Story:
    begun_at: datetime
    seen: tuple[int, ...] = ()  #: in both indices


class Window:
    """What was published within a span, as it can be recognised.

    A story takes further documents until the span after its first one is over; what comes then
    begins another story, however alike. So no chain of copies drifts on for weeks.
    """

    def __init__(self, span: timedelta) -> None:
        """Begin empty."""
        self._span = span
        self._texts = Postings()
        self._facts = Postings()  # the same documents by names and figures, as they go abroad
        self._habits = Habits()
        self._seen: dict[int, _Seen] = {}
        self._stories: dict[int, _Story] = {}

    def __len__(self) -> int:
        """Return how many documents others are recognised by."""
        return len(self._seen)

    def add(
        self, document_id: int, story_id: int, source: str, sketch: Sketch, at: datetime
    ) -> None:
        """Take a document of a story; the first one of a story says when it began."""
        plain = self._habits.without(source, sketch)
        self._habits.learn(source, story_id, sketch)
        sketch = plain
        story = self._stories.setdefault(story_id, _Story(at))
        digest = hash(sketch.shingles.tobytes())
        known = [self._seen[number] for number in story.seen]
        same = not sketch.is_short and any(one.digest == digest for one in known)
        if same or len(known) >= _REMEMBERED:
            return
        number = self._texts.add(sketch.shingles)
        self._facts.add(_facts(sketch))
        kept = replace(sketch, shingles=_NONE).to_bytes()
        self._seen[number] = _Seen(document_id, story_id, sys.intern(source), at, digest, kept)
        story.seen += (number,)

    def find(self, sketch: Sketch, *, source: str, at: datetime) -> Found | None:
        """Return the story that a document belongs to; None where it begins one."""
        plain = self._habits.without(source, sketch)
        return self._find_copy(plain, source, at) or self._find_abroad(plain, at)

    def forget(self, before: datetime) -> None:
        """Let go of the stories that began before that moment."""
        gone = [one for one, story in self._stories.items() if story.begun_at < before]
        for story_id in gone:
            for number in self._stories.pop(story_id).seen:
                del self._seen[number]
                self._texts.drop(number)
                self._facts.drop(number)

    def _find_copy(self, sketch: Sketch, source: str, at: datetime) -> Found | None:
        alike: list[tuple[float, Pair, _Seen]] = []
        for overlap in self._texts.alike(sketch.shingles, guard.ALIKE):
            one = self._seen[overlap.number]
            pair = _pair(sketch, one, overlap, source, at)
            if self._is_open(one, at) and guard.is_alike(pair):
                alike.append((pair.likeness, pair, one))
        alike.sort(key=lambda found: (-found[0], found[2].document_id))
        for likeness, pair, one in alike:
            if guard.is_same_event(pair):
                return Found(
                    story_id=one.story_id,
                    document_id=one.document_id,
                    likeness=likeness,
                    crosses_language=False,
                )
        return None

    def _find_abroad(self, sketch: Sketch, at: datetime) -> Found | None:
        if sketch.language not in _ABROAD:
            return None
        best: tuple[float, int, _Seen] | None = None
        for overlap in self._facts.alike(_facts(sketch), guard.ALIKE_ABROAD):
            one = self._seen[overlap.number]
            other = one.sketch
            if other.language == sketch.language or not self._is_open(one, at):
                continue
            likeness = guard.tells_the_same_abroad(sketch, other)
            if likeness and (best is None or (likeness, -one.document_id) > best[:2]):
                best = (likeness, -one.document_id, one)
        if best is None:
            return None
        return Found(
            story_id=best[2].story_id,
            document_id=best[2].document_id,
            likeness=best[0],
            crosses_language=True,
        )

    def _is_open(self, one: _Seen, at: datetime) -> bool:
        return abs(at - self._stories[one.story_id].begun_at) <= self._span


def _pair(sketch: Sketch, one: _Seen, overlap: Overlap, source: str, at: datetime) -> Pair:
    other = one.sketch
    return Pair(
        sizes=(len(sketch.shingles), overlap.size),
        words=(sketch.words, other.words),
        common=overlap.common,
        numbers=guard.share(sketch.numbers, other.numbers),
        names=guard.share(sketch.names, other.names),
        same_source=source == one.source,
        apart=abs(at - one.at),
    )


def _facts(sketch: Sketch) -> Hashes:
    """Return what a text has in common with one in the other language, if there is one."""
    if sketch.language not in _ABROAD:
        return _NONE
    return np.unique(np.concatenate((sketch.marks, sketch.numbers, sketch.kin)))
