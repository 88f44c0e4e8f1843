"""Trees of routes, and labels of alerts that come to them, written for the tests."""

from datetime import UTC, datetime, timedelta

from monitor.config.schema import Config
from monitor.notify.route import Routing

NOON = datetime(2026, 11, 26, 10, tzinfo=UTC)  # 12:00 in Kyiv, a Thursday
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NIGHT = {
    "name": "night",
    "time_intervals": [
        {
            "times": [
                {"start_time": "23:00", "end_time": "24:00"},
                {"start_time": "00:00", "end_time": "07:00"},
            ]
        }
    ],
}
OFFICE = {
    "name": "office",
    "time_intervals": [
        {
            "weekdays": ["monday:friday"],
            "times": [{"start_time": "09:00", "end_time": "18:00"}],
        }
    ],
}


def routing(*routes: dict, root: dict | None = None, inhibit: tuple[dict, ...] = ()) -> Routing:
    return Routing(
        Config.model_validate(
            {
                "version": 1,
                "timezone": "Europe/Kyiv",
                "route": {"receiver": "desk", "routes": list(routes), **(root or {})},
                "time_intervals": [NIGHT, OFFICE],
                "inhibit_rules": list(inhibit),
            }
        )
    )


def labels(**said: str | tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    given = {"rule": "bridges", "severity": "medium", "document": "k3f9q2", **said}
    return {name: (one,) if isinstance(one, str) else one for name, one in given.items()}
