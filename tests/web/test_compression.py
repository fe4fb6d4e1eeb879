"""Pages are small on the wire where the reader's browser takes gzip, and the same page where it does not."""

from __future__ import annotations

import gzip

from flask.testing import FlaskClient


def test_a_page_is_compressed_for_those_who_take_it(client: FlaskClient) -> None:
    plain = client.get("/about/privacy")
    packed = client.get("/about/privacy", headers={"Accept-Encoding": "gzip, br"})
    assert plain.content_encoding is None
    assert packed.content_encoding == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    assert b"What you can do" in gzip.decompress(packed.data)
    assert int(packed.headers["Content-Length"]) == len(packed.data)
