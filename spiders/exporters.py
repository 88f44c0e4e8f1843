"""Exported files: Scrapy's own, with times as ISO 8601 says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrapy.exporters import (
    BaseItemExporter,
    CsvItemExporter,
    JsonItemExporter,
    JsonLinesItemExporter,
    XmlItemExporter,
)


class _IsoTimes(BaseItemExporter):
    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        """Return what is written for a field."""
        value = super().serialize_field(field, name, value)
        return value.isoformat() if isinstance(value, datetime) else value


class Json(_IsoTimes, JsonItemExporter):
    """One array."""


class JsonLines(_IsoTimes, JsonLinesItemExporter):
    """One object per line."""


class Csv(_IsoTimes, CsvItemExporter):
    """One row per entry, under a header."""


class Xml(_IsoTimes, XmlItemExporter):
    """One element per entry."""

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        """Return what is written for a field: nothing for None, where Scrapy writes a word."""
        value = super().serialize_field(field, name, value)
        return "" if value is None else value
