import pytest

from services.registry.catalogs import capabilities


def test_every_tag_has_a_field_that_declares_it() -> None:
    tags = [each.tag for each in capabilities.TABLE]
    assert len(tags) == len(set(tags))
    for each in capabilities.TABLE:
        assert any((each.models_dev, each.litellm, each.parameter, each.price, each.modality))


@pytest.mark.parametrize(("context", "level"), [(128_000, 1.0), (131_072, 1.0), (127_999, 0.0)])
def test_a_context_is_long_from_128_000_tokens(context: int, level: float) -> None:
    assert capabilities.of_context(context) == {"long_context": level}


def test_an_unknown_context_says_nothing() -> None:
    assert capabilities.of_context(None) == {}


def test_a_list_of_modalities_rules_out_the_others() -> None:
    assert capabilities.of_modalities(("image", "text")) == {
        "vision": 1.0,
        "audio_input": 0.0,
        "video_input": 0.0,
        "pdf_input": 0.0,
    }
    assert capabilities.of_modalities(()) == capabilities.of_modalities(None) == {}
