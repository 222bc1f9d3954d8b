"""Rules, gazetteers and templates as data files; read through the models in ``schemas``."""
