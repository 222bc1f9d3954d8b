"""What was fetched and archived gives the same index again, without the network."""

from __future__ import annotations

from pathlib import Path

from pipeline.run_round import run_round
from schemas.settings import FetchSettings, RunSettings
from tests.index_snapshot import snapshot
from tests.misbehaving_site import Exchange, MisbehavingSite

_PARAGRAPH = "<p>Delegates of Japan and South Korea met for session {0} on matter {1}, officials in Tokyo said.</p>"


async def _article(exchange: Exchange) -> None:
    number = exchange.request.path.rsplit("/", 1)[1]
    paragraphs = "".join(_PARAGRAPH.format(number, matter) for matter in range(6))
    title = f"Harbour session {number} ends in Busan"
    html = (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )
    await exchange.answer(html.encode())


def test_archive_gives_the_same_documents_as_the_network(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    fetch = FetchSettings(per_host_gap_seconds=0, archive_folder=str(archive))
    with MisbehavingSite() as site:
        site.serve("/articles/", _article)
        urls = [site.url(f"/articles/{number}", f"outlet{number}.localhost") for number in range(5)]
        urls.append(site.url(f"/to?{urls[0]}", "aggregator.localhost"))
        listed = tmp_path / "urls.txt"
        listed.write_text("\n".join(urls))
        settings = RunSettings(
            urls=(str(listed),), index=str(tmp_path / "a.db"), fetch=fetch, allow_private=("*.localhost",)
        )
        assert run_round(settings).articles_after == 5

    again = RunSettings(warc=(str(archive / "*.warc.gz"),), index=str(tmp_path / "b.db"))
    assert run_round(again).balanced

    assert snapshot(again.index) == snapshot(settings.index)
