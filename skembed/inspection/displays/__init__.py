"""Pictures of data, word vectors, searches and trainings."""
