"""Word-vector files: from packed bytes to the rows of the words that are wanted."""
