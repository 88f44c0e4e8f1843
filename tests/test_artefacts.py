"""How messages look on a telephone: pictures for people, in `artefacts/` (git ignores it)."""

import shutil
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from chat import page
from told import night, png

from monitor.notify.message import Look
from monitor.notify.template import BRIEF, FULL

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LOOKS = {
    **{
        f"full-{code}": Look(zone=ZoneInfo("Europe/Kyiv"), language=code, buttons=True)
        for code in ("en", "uk", "ru")
    },
    "brief-uk": Look(zone=ZoneInfo("Europe/Kyiv"), language="uk", template=BRIEF),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_night_at_the_desk_can_be_looked_at(name):
    assert LOOKS[name].template in {FULL, BRIEF}
    ARTEFACTS.mkdir(exist_ok=True)
    html = ARTEFACTS / f"{name}.html"

    html.write_text(page(night(png()), LOOKS[name]), encoding="utf-8")

    if CHROMIUM is None:
        pytest.skip("needs chromium, to take a picture of the chat; its page is in artefacts/")
    picture = html.with_suffix(".png")
    picture.unlink(missing_ok=True)
    subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--screenshot={picture}",
            "--window-size=820,3600",
            html.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert picture.stat().st_size > 50_000
