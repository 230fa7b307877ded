"""Export word vectors to the TensorFlow Embedding Projector."""

from os import PathLike
from pathlib import Path
from typing import Any

from sklearn.utils._param_validation import validate_params

from skembed._whole_file import whole_file
from skembed.errors import VectorFileError
from skembed.vectors.lookup import words_and_values

__all__ = ["export_projector"]


@validate_params(
    {"estimator": "no_validation", "directory": [str, PathLike]}, prefer_skip_nested_validation=True
)
def export_projector(estimator: Any, directory: str | PathLike[str]) -> tuple[Path, Path]:
    r"""Save word vectors as the two files that the Embedding Projector loads.

    Upload the files at https://projector.tensorflow.org to see the words in two or three
    dimensions.

    Parameters
    ----------
    estimator : fitted estimator, Pipeline, KeyedVectors, mapping or DataFrame
        Source of the word vectors. For an estimator, its ``keyed_vectors_``; for a pipeline,
        those of its last step.
    directory : str or path-like
        Folder to write the files to; created if it does not exist.

    Returns
    -------
    (vecs, meta) : tuple of Path
        ``vecs.tsv`` has one vector per line, ``meta.tsv`` one word per line.

    Raises
    ------
    VectorFileError
        If a word is empty, or contains a tab or a line break.
    VectorSourceError
        If the type of `estimator` is not supported.

    See Also
    --------
    save_word_vectors : Save word vectors for other libraries.

    References
    ----------
    Smilkov et al., "Embedding Projector: Interactive Visualization and Interpretation of
    Embeddings", 2016, https://arxiv.org/abs/1611.05469

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from skembed import export_projector
    >>> with TemporaryDirectory() as folder:
    ...     vecs, meta = export_projector({"good": [0.1, 2.0], "poor": [-1.0, 0.5]}, folder)
    ...     vecs.name, vecs.read_text(), meta.name, meta.read_text()
    ('vecs.tsv', '0.1\t2.0\n-1.0\t0.5\n', 'meta.tsv', 'good\npoor\n')
    """
    words, values = words_and_values(estimator)
    for word in words:
        if not word or "\t" in word or len(word.splitlines()) != 1:
            raise VectorFileError(
                f"The Embedding Projector reads one word per line, got {word!r}: remove or "
                "rename words that are empty or contain tabs or line breaks."
            )
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    vecs, meta = folder / "vecs.tsv", folder / "meta.tsv"
    with whole_file(vecs) as vecs_part, whole_file(meta) as meta_part:
        with vecs_part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in values)
        with meta_part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{word}\n" for word in words)
    return vecs, meta
