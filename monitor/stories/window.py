"""The documents of the last days, and which of them a new one says again."""

import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

import numpy as np

from monitor.stories import guard
from monitor.stories.guard import Pair
from monitor.stories.habits import Habits
from monitor.stories.postings import Overlap, Postings
from monitor.stories.sketch import Hashes, Sketch

#: Texts of a story by which others are recognised. The hundredth copy looks like one of them.
_REMEMBERED = 8
_ABOUT = 0.1  # of the likeness: what is so much less alike may be the one as well
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
    at: datetime
    digest: int
    kept: bytes

    @property
    def sketch(self) -> Sketch:
        """Return it without its shingles."""
        sketch = Sketch.from_bytes(self.kept)
        assert sketch is not None  # noqa: S101 - we made it
        return sketch


class _Said(NamedTuple):
    """That a source told a story."""

    source: str
    first: datetime
    last: datetime


@dataclass(slots=True)
class _Story:
    begun_at: datetime
    seen: tuple[int, ...] = ()  #: in both indices
    said: tuple[_Said, ...] = ()  #: each source once

    def said_by(self, source: str) -> _Said | None:
        """Return when a source told it; None where it did not."""
        return next((one for one in self.said if one.source == source), None)

    def hear(self, source: str, at: datetime) -> None:
        """Take down that a source told it."""
        known = self.said_by(source)
        if known is None:
            self.said += (_Said(sys.intern(source), at, at),)
            return
        said = _Said(known.source, min(known.first, at), max(known.last, at))
        self.said = tuple(said if one is known else one for one in self.said)


class _Like(NamedTuple):
    """A document that may tell the same event."""

    likeness: float
    seen: _Seen
    pair: Pair | None = None  #: None of a text in another language


class Window:
    """What was published within a span, as it can be recognised. Threads may share it.

    A story takes further documents until the span after its beginning is over; what comes then
    begins another story, however alike. So no chain of copies drifts on for weeks, and no edited
    page keeps its story alive.
    """

    def __init__(self, span: timedelta) -> None:
        """Begin empty."""
        self._span = span
        self._lock = Lock()
        self._texts = Postings()
        self._facts = Postings()  # the same documents by names and figures, as they go abroad
        self._habits = Habits()
        self._seen: dict[int, _Seen] = {}
        self._stories: dict[int, _Story] = {}
        self._forgotten: datetime | None = None  # what began before then

    def __len__(self) -> int:
        """Return how many documents others are recognised by."""
        return len(self._seen)

    def add(  # noqa: PLR0913 - a document and its story
        self,
        document_id: int,
        story_id: int,
        source: str,
        sketch: Sketch,
        at: datetime,
        *,
        begun_at: datetime,
    ) -> None:
        """Take a document of a story that began then, unless the story's span is over."""
        with self._lock:
            if self._is_over(begun_at, at):
                return
            plain = self._habits.without(source, sketch)
            self._habits.learn(source, story_id, sketch)
            story = self._stories.setdefault(story_id, _Story(begun_at))
            story.hear(source, at)
            digest = hash(plain.shingles.tobytes())
            known = [self._seen[number] for number in story.seen]
            same = not plain.is_short and any(one.digest == digest for one in known)
            if same or len(known) >= _REMEMBERED:
                return
            number = self._texts.add(plain.shingles)
            self._facts.add(_facts(plain))
            kept = replace(plain, shingles=_NONE).to_bytes()
            self._seen[number] = _Seen(document_id, story_id, at, digest, kept)
            story.seen += (number,)

    def find(self, sketch: Sketch, *, source: str, at: datetime) -> Found | None:
        """Return the story that a document belongs to; None where it begins one.

        Of stories that it is about as much like, it is the one that began last.
        """
        with self._lock:
            plain = self._habits.without(source, sketch)
            alike = [*self._alike(plain, source, at)]
            past = self._past(alike, source)
            copied = [one for one in alike if one.seen.story_id not in past and _is_same(one)]
            if copied:
                return self._newest(copied, crosses_language=False)
            abroad = [
                one
                for one in self._alike_abroad(plain, source, at)
                if one.seen.story_id not in past
            ]
            return self._newest(abroad, crosses_language=True) if abroad else None

    def is_of(self, sketch: Sketch, story_id: int, *, source: str) -> bool | None:
        """Return whether a text is still like its story, as an edited one should be.

        None where nobody can tell: the story is not here any more, or there are no words.
        """
        with self._lock:
            story = self._stories.get(story_id)
            if story is None:
                return None
            plain = self._habits.without(source, sketch)
            alike = []
            for number in story.seen:
                overlap = self._texts.overlap(number, plain.shingles)
                pair = _pair(plain, self._seen[number], overlap, None, self._seen[number].at)
                alike.append(guard.is_edited(pair))
            return True if True in alike else (False if False in alike else None)

    def forget(self, before: datetime) -> None:
        """Let go of the stories that began before that moment, and take none of them again."""
        with self._lock:
            self._forgotten = max(before, self._forgotten or before)
            gone = [one for one, story in self._stories.items() if story.begun_at < before]
            for story_id in gone:
                for number in self._stories.pop(story_id).seen:
                    del self._seen[number]
                    self._texts.drop(number)
                    self._facts.drop(number)

    def _alike(self, sketch: Sketch, source: str, at: datetime) -> Iterator[_Like]:
        for overlap in self._texts.alike(sketch.shingles, guard.ALIKE):
            one = self._seen[overlap.number]
            story = self._stories[one.story_id]
            if self._is_over(story.begun_at, at):
                continue
            pair = _pair(sketch, one, overlap, story.said_by(source), at)
            if guard.is_alike(pair):
                yield _Like(pair.likeness, one, pair)

    def _alike_abroad(self, sketch: Sketch, source: str, at: datetime) -> Iterator[_Like]:
        if sketch.language not in _ABROAD:
            return
        for overlap in self._facts.alike(_facts(sketch), guard.ALIKE_ABROAD):
            one = self._seen[overlap.number]
            story = self._stories[one.story_id]
            said = story.said_by(source)
            if self._is_over(story.begun_at, at) or not (
                said is None or guard.is_soon(abs(at - said.first))
            ):
                continue
            other = one.sketch
            if other.language != sketch.language and (
                likeness := guard.tells_the_same_abroad(sketch, other)
            ):
                yield _Like(likeness, one)

    def _past(self, alike: Collection[_Like], source: str) -> frozenset[int]:
        """Return the stories that a source has gone beyond, as it told another event since.

        Closed, opened, closed within half an hour: the third is not the first one again.
        """
        told = {
            one.seen.story_id: said.last
            for one in alike
            if (said := self._stories[one.seen.story_id].said_by(source)) is not None
        }
        newest = max(told, key=lambda story_id: (told[story_id], story_id), default=None)
        return frozenset(told.keys() - {newest})

    def _newest(self, alike: Collection[_Like], *, crosses_language: bool) -> Found:
        most = max(one.likeness for one in alike) - _ABOUT
        best = max(
            (one for one in alike if one.likeness >= most),
            key=lambda one: (
                self._stories[one.seen.story_id].begun_at,
                one.seen.story_id,
                one.likeness,
                -one.seen.document_id,
            ),
        )
        return Found(
            story_id=best.seen.story_id,
            document_id=best.seen.document_id,
            likeness=best.likeness,
            crosses_language=crosses_language,
        )

    def _is_over(self, begun_at: datetime, at: datetime) -> bool:
        forgotten = self._forgotten is not None and begun_at < self._forgotten
        return forgotten or abs(at - begun_at) > self._span


def _is_same(one: _Like) -> bool:
    return one.pair is not None and guard.is_same_event(one.pair)


def _pair(sketch: Sketch, one: _Seen, overlap: Overlap, said: _Said | None, at: datetime) -> Pair:
    other = one.sketch
    return Pair(
        sizes=(len(sketch.shingles), overlap.size),
        words=(sketch.words, other.words),
        common=overlap.common,
        numbers=guard.share(sketch.numbers, other.numbers),
        names=guard.share(sketch.names, other.names),
        same_source=said is not None,
        apart=abs(at - (one.at if said is None else said.first)),
    )


def _facts(sketch: Sketch) -> Hashes:
    """Return what a text has in common with one in the other language, if there is one."""
    if sketch.language not in _ABROAD:
        return _NONE
    return np.unique(np.concatenate((sketch.marks, sketch.numbers, sketch.kin)))
