"""The page of ``export_projector(html=True)``: what Python computes, and what a browser runs."""
