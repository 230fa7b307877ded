"""Word vectors for the Embedding Projector."""

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

    Upload them at https://projector.tensorflow.org to look at the words in two or three
    dimensions.

    Parameters
    ----------
    estimator : fitted estimator, Pipeline, KeyedVectors, mapping or DataFrame
        What has the vectors; an estimator gives its ``keyed_vectors_``, a pipeline those of its
        last step.
    directory : str or path-like
        Where the files go; made if need be.

    Returns
    -------
    (vecs, meta) : tuple of Path
        ``vecs.tsv``, the numbers of a word a line, and ``meta.tsv``, the words.

    Raises
    ------
    VectorFileError
        If a word holds a tab or a line break.
    VectorSourceError
        If `estimator` is none of these.

    See Also
    --------
    save_word_vectors : Saves for other programs.

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
                f"The Embedding Projector has one word a line, and cannot take {word!r}."
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
