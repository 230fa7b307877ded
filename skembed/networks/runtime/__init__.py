"""Process-wide settings of Keras: its import, seeds, threads and memory."""
