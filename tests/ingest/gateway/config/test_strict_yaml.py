import pytest
import yaml

from ingest.gateway.config.strict_yaml import loaded


def test_what_yaml_has_is_loaded() -> None:
    text = "a: &one {b: 1}\nc: *one\nd: {<<: *one, b: 2}\n"
    assert loaded(text) == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 2}}
    assert loaded("") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("door: {url: a}\ntill: {url: b}\ndoor: {url: c}\n", "'door' appears twice"),
        ("door: {url: a, url: b}", "'url' appears twice"),
        ("port: " + "9" * 5000, "a number or a date in it cannot be read"),
        ("store: 2026-13-01", "a number or a date in it cannot be read"),
        ("[" * 1000, "it is nested too deeply"),
    ],
    ids=["camera", "field", "number", "date", "depth"],
)
def test_what_is_wrong_is_an_error_of_yamls(text: str, sentence: str) -> None:
    with pytest.raises(yaml.YAMLError, match=sentence):
        loaded(text)
