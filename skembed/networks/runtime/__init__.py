"""The process that Keras runs in: its import, seeds, threads and memory."""
