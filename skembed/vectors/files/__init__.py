"""Read word-vector files: decompression, format detection, row selection and caching."""
