"""Tables: columns of text beside numbers and categories."""

from skembed.tables.named_columns import NamedColumns
from skembed.tables.number_bins import NumberBins
from skembed.tables.text_columns import TextColumnTransformer, make_text_column_transformer

__all__ = ["NamedColumns", "NumberBins", "TextColumnTransformer", "make_text_column_transformer"]
