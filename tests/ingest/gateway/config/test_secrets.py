from pathlib import Path

import pytest

from ingest.gateway.config.secrets import MissingSecret, Secrets


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\n", "is empty: write the secret into it"), (b"\xff", "cannot be read: it is not UTF-8 text")],
)
def test_a_secret_file_without_a_secret_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "door.secret"
    path.write_bytes(content)

    with pytest.raises(MissingSecret, match=f"secret file '{path}' {sentence}"):
        Secrets({}).fill(f"${{file:{path}}}")
